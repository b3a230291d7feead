import type { Warning } from '../../lease/warnings.ts'
import type { Holder } from './holder.ts'
import type { NodeFacts } from './nodes.ts'

export type HolderWarningCode =
  | 'holderPodGone'
  | 'holderNotFound'
  | 'holderPodReplaced'
  | 'holderPodEvicted'
  | 'holderPodEnded'
  | 'holderPodTerminating'
  | 'holderPodNotReady'
  | 'holderNodeNotReady'

/** How the API server ends the names that it generates (apimachinery `SimpleNameGenerator`): five of these. */
const GENERATED_POD_NAME = /-[bcdfghjklmnpqrstvwxz2456789]{5}(?:_|$)/

/** What is wrong with the holder of an election, as far as that is known. */
export function holderWarnings(holderIdentity: string, holder: Holder | null, node: NodeFacts | null = null): readonly Warning<HolderWarningCode>[] {
  if (!holder) return []
  const warnings: Warning<HolderWarningCode>[] = []
  const warn = (code: HolderWarningCode, message: string): unknown => warnings.push({ code, message })
  const { pod } = holder

  if (holder.doubt === 'absent') {
    if (GENERATED_POD_NAME.test(holderIdentity)) {
      warn('holderPodGone', `The holder ${holderIdentity} has the name of a Pod that does not exist.`)
    } else {
      warn('holderNotFound', `No Pod or Node matches the holder ${holderIdentity}. It is gone, or it runs outside this cluster.`)
    }
  }
  if (pod && holder.doubt === 'younger') {
    warn('holderPodReplaced', `Pod ${pod.name} was created after the record was written: the holder may be an earlier Pod of that name.`)
  }
  if (pod?.phase === 'Failed' && pod.reason === 'Evicted') {
    warn('holderPodEvicted', `Pod ${pod.name} was evicted.`)
  } else if (pod?.phase === 'Succeeded' || pod?.phase === 'Failed') {
    warn('holderPodEnded', `Pod ${pod.name} has ended (${pod.phase}).`)
  } else if (pod && pod.deletionTimestamp !== null) {
    warn('holderPodTerminating', `Pod ${pod.name} is being deleted.`)
  } else if (pod && !pod.isReady) {
    warn('holderPodNotReady', `Pod ${pod.name} is not ready.`)
  }
  if (node && !node.isReady) warn('holderNodeNotReady', `Node ${node.name} is not ready.`)
  return warnings
}
