import { createHash } from 'node:crypto'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock, Leadership } from '../../shared/index.ts'
import { coreApi, problem } from './cluster.ts'
import { isToBeLabeled, labelPod, labelTime, Superseded, type Change } from './pod-label.ts'
import { RateLimit } from './rate-limit.ts'
import { watchServices, type ServiceVersions } from './service-watch.ts'
import { WorkQueue } from './work-queue.ts'

export interface LabelerOptions {
  readonly kubeConfig: KubeConfig
  readonly namespace: string
  readonly clock: Clock
  readonly log: (text: string) => void
}

/** The key that means all Pods. No Pod can have this name. */
const ALL_PODS = '*'

/** The guarded work: writes the time of each change of a Service on every Pod, for as long as this process leads. */
export async function labelPods(options: LabelerOptions, { signal: term, fencingToken }: Leadership): Promise<void> {
  const { kubeConfig, namespace, clock, log } = options
  const superseded = new AbortController()
  const signal = AbortSignal.any([term, superseded.signal])
  const core = coreApi(kubeConfig, signal)
  const queue = new WorkQueue(clock, signal)
  const limit = new RateLimit(clock, { perSecond: 20, burst: 50 })
  let change: Change | null = null

  const onServices = (services: ServiceVersions): void => {
    const state = fingerprint(services)
    // A new list does not mean that a Service has changed.
    if (state === change?.services) return
    if (!change) log(`watching ${services.size} Services (term ${fencingToken})`)
    change = { atMs: clock.wallMs(), services: state, isFirst: change === null }
    queue.add(ALL_PODS)
  }
  const handle = async (key: string): Promise<void> => {
    const latest = change!
    await limit.take(signal)
    if (key === ALL_PODS) {
      const { items } = await core.listNamespacedPod({ namespace })
      for (const pod of items) if (isToBeLabeled(pod, latest)) queue.add(pod.metadata!.name!)
    } else if (await labelPod(core, { namespace, name: key }, latest, fencingToken)) {
      log(`labeled ${key} ${labelTime(latest.atMs)} (term ${fencingToken})`)
    }
  }
  const onRetry = (key: string, error: unknown): void => {
    if (error instanceof Superseded) superseded.abort(error)
    else log(`retrying ${key}: ${problem(error)}`)
  }

  const onError = (error: unknown): void => log(`watching again: ${problem(error)}`)
  await Promise.all([
    watchServices({ kubeConfig, core, namespace, clock, onServices, onError }, signal),
    queue.work(handle, onRetry),
  ])
  superseded.signal.throwIfAborted()
}

/** Equal for equal sets of Services in the same versions. */
function fingerprint(services: ServiceVersions): string {
  const versions = [...services].map(([uid, version]) => `${uid}/${version}`)
  return createHash('sha256').update(versions.sort().join('\n')).digest('hex').slice(0, 16)
}
