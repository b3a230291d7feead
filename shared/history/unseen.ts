import { isBlocking } from '../lease/placeholder.ts'
import type { ElectionRecord } from '../lease/record.ts'
import { isAcquisition } from './owners.ts'
import type { Step } from './step.ts'

/** A time in which there were, or may have been, writes that no log holds. Milliseconds. */
export interface Unseen {
  readonly fromMs: number
  readonly toMs: number
  /** Whether an unseen leader may have lost the lease to another client then, so that it may take it back at once. */
  readonly isLeaderLost: boolean
}

/**
 * Finds out, step by step, where writes are missing: before the log began, where the resourceVersions or a recording show a gap,
 * and where a record does not follow from the one before it.
 */
export class UnseenWrites {
  readonly found: Unseen[] = []
  /** The last known record, or null after a deletion, and the step that shows it. */
  #known: { readonly record: ElectionRecord | null; readonly step: Step } | null = null

  /** What is missing between two steps, `before` null for the first one; null if nothing is, as far as the log shows. Steps come in order. */
  take(step: Step, before: Step | null): Unseen | null {
    const { link, write, result, at } = step
    const known = this.#known
    if (result.known === 'gone') this.#known = { record: null, step }
    if (result.known === 'record') this.#known = { record: result.record, step }
    if (known && result.known === 'record' && isTermMissing(known.record, result.record)) return this.#find(known.step, at.toMs, true)
    if (known?.record && result.known === 'record' && link === 'unchecked' && isOfAnotherTerm(known.record, result.record)) return this.#find(known.step, at.toMs, isTakenAway(step))
    if (link === 'broken' || link === 'unwatched' || (link === 'first' && write?.verb !== 'create')) return this.#find(before, at.toMs, isTakenAway(step))
    return null
  }

  #find(since: Step | null, toMs: number, isLeaderLost: boolean): Unseen {
    const unseen = { fromMs: since?.at.fromMs ?? Number.NEGATIVE_INFINITY, toMs, isLeaderLost }
    this.found.push(unseen)
    return unseen
  }
}

/** Whether the record counts more transitions than the seen writes made, or too few, so that the object was made anew. */
function isTermMissing(before: ElectionRecord | null, record: ElectionRecord): boolean {
  const { leaseTransitions, holderIdentity } = record
  if (before === null) return leaseTransitions > 0
  // Each acquisition counts itself. Some programs count none.
  const least = before.leaseTransitions > 0 && holderIdentity !== '' && holderIdentity !== before.holderIdentity && isAcquisition(record) ? before.leaseTransitions + 1 : before.leaseTransitions
  return leaseTransitions < least || leaseTransitions > before.leaseTransitions + 1
}

/** Whether a write that acquired nothing left the time of an acquisition that was not seen. */
function isOfAnotherTerm(before: ElectionRecord, record: ElectionRecord): boolean {
  return !isAcquisition(record) && record.acquireTime !== before.acquireTime
}

/** Whether there is no leader after this step, although the lease was not released. client-go releases with two equal times. */
function isTakenAway({ result }: Step): boolean {
  if (result.known === 'gone') return true
  if (result.known === 'holder') return result.holderIdentity === '' || isBlocking(result.holderIdentity)
  if (result.known !== 'record') return false
  const { holderIdentity } = result.record
  return isBlocking(holderIdentity) || (holderIdentity === '' && !isAcquisition(result.record))
}
