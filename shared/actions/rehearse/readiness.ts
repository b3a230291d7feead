import { readCandidates } from '../../candidates/read-candidates.ts'
import type { ApiClient } from '../../cluster/client.ts'
import type { PodFacts } from '../../cluster/holders/pods.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'

/** How many candidates are Ready, by their Pods. */
export interface Readiness {
  readonly ready: number
  /** The names of the Pods that are not Ready. */
  readonly missing: readonly string[]
}

/** @throws ClusterError if the election cannot be read */
export async function readinessOf(client: ApiClient, clock: Clock, place: ElectionRef, signal: AbortSignal): Promise<Readiness> {
  const { candidates } = await readCandidates(client, clock, place, signal)
  const pods = new Map(candidates.flatMap(({ pod }): [string, PodFacts][] => (pod ? [[pod.uid, pod]] : [])))
  const missing = [...pods.values()].filter(({ isReady }) => !isReady).map(({ name }) => name)
  return { ready: pods.size - missing.length, missing }
}
