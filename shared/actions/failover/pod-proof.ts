import type { ApiClient } from '../../cluster/client.ts'
import { ClusterError } from '../../cluster/errors.ts'
import type { Holder } from '../../cluster/holders/holder.ts'
import { nodeFacts } from '../../cluster/holders/nodes.ts'
import { apiPath, PODS, subjectOf } from '../../cluster/paths.ts'
import { field, objects, text } from '../../cluster/untyped.ts'
import type { Clock } from '../../time/index.ts'

/** Where a Pod that can't be read now might be later. */
const PAUSE_MS = 1_000

/**
 * Waits until the incumbent is proven to have stopped by its kubelet's word: its Pod, known exactly, will have no
 * container started any more (it is being deleted, or has ended), all that it had are reported terminated, and its Node
 * is Ready, so that this is the kubelet's report and not a controller's guess. A Pod that is gone proves nothing, and
 * one whose containers are restarted doesn't either: reports come late, and could be of the process before.
 *
 * Never resolves otherwise; rejects with the signal's reason, or at once where there is nothing to go by.
 */
export async function untilPodTerminated(client: ApiClient, clock: Clock, holder: Holder | null, signal: AbortSignal): Promise<void> {
  const pod = holder?.confidence === 'exact' ? holder.pod : null
  if (!pod || pod.nodeName === null) throw new Error('the holder is not known exactly')
  const { namespace, name, uid, nodeName } = pod
  for (;;) {
    const now = await readPod(client, { namespace, name }, signal)
    if (now === 'forbidden') throw new Error('Pods may not be read')
    if (now !== null && hasTerminated(now, uid)) {
      const node = await nodeFacts(client, nodeName, signal)
      if (node?.isReady) return
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}

/** Whether nothing of this Pod runs, or ever will. */
function hasTerminated(pod: unknown, uid: string): boolean {
  const metadata = field(pod, 'metadata')
  const status = field(pod, 'status')
  const phase = text(field(status, 'phase'))
  const isFinal = text(field(metadata, 'deletionTimestamp')) !== null || phase === 'Succeeded' || phase === 'Failed'
  if (text(field(metadata, 'uid')) !== uid || !isFinal) return false
  const statuses = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'].flatMap((key) => objects(field(status, key)))
  const spec = field(pod, 'spec')
  const containers = objects(field(spec, 'containers')).length + objects(field(spec, 'initContainers')).length
  return (
    containers > 0 &&
    statuses.length >= containers &&
    statuses.every((container) => field(field(container, 'state'), 'terminated') !== undefined)
  )
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
