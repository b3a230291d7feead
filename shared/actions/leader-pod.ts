import { requirePermissions } from '../cluster/access-review.ts'
import type { ApiClient } from '../cluster/client.ts'
import { lookUpHolders } from '../cluster/holders/holder-lookup.ts'
import type { Confidence } from '../cluster/holders/holder.ts'
import { PODS } from '../cluster/paths.ts'
import { electionKey, type Election } from '../lease/index.ts'
import type { Clock } from '../time/index.ts'

/** The Pod of an election's holder, and how it was found; or why no Pod was found. */
export type LeaderPod =
  | { readonly name: string; readonly namespace: string; readonly confidence: Confidence; readonly because: string }
  | { readonly name: null; readonly because: string }

/**
 * Finds the Pod of an election's holder.
 *
 * @throws ClusterError `forbidden` if reading Pods is not allowed
 */
export async function findLeaderPod(
  client: ApiClient,
  clock: Clock,
  election: Election,
  signal: AbortSignal,
): Promise<LeaderPod> {
  const { holders, gaps } = await lookUpHolders(client, clock, [election], { signal })
  const holder = holders.get(electionKey(election))
  if (holder?.pod) {
    const { pod, confidence, because } = holder
    return { name: pod.name, namespace: pod.namespace, confidence, because }
  }
  if (gaps.length > 0) {
    await requirePermissions(client, [{ verb: 'list', resource: PODS, place: { namespace: election.namespace } }], signal)
  }
  if (holder && holder.kind !== 'Unknown') return { name: null, because: `it is the ${holder.kind} ${holder.name}` }
  return { name: null, because: gaps[0]?.message ?? holder?.because ?? 'the lease has no holder' }
}
