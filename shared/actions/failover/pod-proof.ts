import type { ApiClient } from '../../cluster/client.ts'
import { ClusterError } from '../../cluster/errors.ts'
import type { Holder } from '../../cluster/holders/holder.ts'
import { nodeFacts } from '../../cluster/holders/nodes.ts'
import { apiPath, PODS, subjectOf } from '../../cluster/paths.ts'
import { field, isObject, objects, text } from '../../cluster/unchecked.ts'
import type { Clock } from '../../time/clock.ts'

/** Pause between two reads of the Pod. A read that failed may succeed later. */
const PAUSE_MS = 1_000

/**
 * Waits until the kubelet's report proves that the old leader has stopped: its Pod, known exactly and by its uid, will
 * start no container any more (it is being deleted, or has ended), every container that it has is reported terminated,
 * and its Node is Ready, so that this is the kubelet's report and not a controller's guess.
 *
 * A missing Pod proves nothing, nor does another Pod of the same name (a StatefulSet's next one), nor one whose
 * containers are restarted: reports come late, and could be of the process before. The time of the Node's last heartbeat
 * is not compared with a clock here. If the kubelet falls silent, it reports no termination either, and the node
 * controller soon turns the condition to Unknown.
 *
 * Never resolves otherwise; rejects with the signal's reason, or at once if there is nothing to go by.
 */
export async function untilPodTerminated(client: ApiClient, clock: Clock, holder: Holder | null, signal: AbortSignal): Promise<void> {
  const pod = holder?.confidence === 'exact' ? holder.pod : null
  if (!pod || pod.nodeName === null) throw new Error('the holder is not known exactly')
  const { namespace, name, uid, nodeName } = pod
  for (;;) {
    const now = await readPod(client, { namespace, name }, signal)
    if (now === 'forbidden') throw new Error('reading Pods is not allowed')
    if (now !== null && hasTerminated(now, uid)) {
      const node = await nodeFacts(client, nodeName, signal)
      if (node?.isReady) return
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}

/** Each list of containers in a Pod's spec, and the list of its status that reports on it. */
const CONTAINER_LISTS = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const

/** Whether this is the Pod with that uid, it will start no more containers, and all of them are reported as terminated. */
function hasTerminated(pod: unknown, uid: string): boolean {
  const metadata = field(pod, 'metadata')
  const spec = field(pod, 'spec')
  const status = field(pod, 'status')
  const phase = text(field(status, 'phase'))
  const isFinal = text(field(metadata, 'deletionTimestamp')) !== null || phase === 'Succeeded' || phase === 'Failed'
  return (
    isFinal &&
    text(field(metadata, 'uid')) === uid &&
    objects(field(spec, 'containers')).length > 0 &&
    CONTAINER_LISTS.every(([list, statuses]) => allTerminated(objects(field(spec, list)), objects(field(status, statuses))))
  )
}

/** Whether each container has a status of its own name. A status without a container counts as well: it must not run. */
function allTerminated(containers: readonly object[], statuses: readonly object[]): boolean {
  const reported = new Set(statuses.map((status) => text(field(status, 'name'))))
  return containers.every((container) => reported.has(text(field(container, 'name')))) && statuses.every(isTerminated)
}

function isTerminated(status: object): boolean {
  const state = field(status, 'state')
  return isObject(field(state, 'terminated')) && !isObject(field(state, 'running'))
}

async function readPod(
  client: ApiClient,
  place: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await client.request({ method: 'GET', path: apiPath(PODS, place), subject: subjectOf('get', PODS, place), signal })
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return error.kind === 'forbidden' ? 'forbidden' : null
  }
}
