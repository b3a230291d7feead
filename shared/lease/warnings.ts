import type { Deletion, Election } from './election.ts'
import { durationText } from '../duration.ts'
import { isBlock, isPlaceholder } from './placeholder.ts'
import { leaseDurationMs } from './record.ts'
import type { Status } from './status.ts'
import { timestampMs } from './timestamp.ts'

/** A problem or risk of an election, for a person. */
export interface Warning<Code extends string = string> {
  /** Stable, for programs. */
  readonly code: Code
  /** One or more sentences. It contains unescaped text from the cluster. */
  readonly message: string
}

export type RecordWarningCode =
  | 'beingDeleted'
  | 'placeholder'
  | 'blocked'
  | 'badDuration'
  | 'neverRenewed'
  | 'badTime'
  | 'clockSkew'
  | 'expired'

/** Clocks differ by this much even on well-maintained machines. */
const SKEW_TOLERATED_MS = 2_000
/** A longer lease duration is probably a mistake: no candidate should wait for more than a day for a failed leader. */
const LONGEST_DURATION_MS = 24 * 3_600_000

/** The problems and risks that one reading of the record shows, without any further request. */
export function recordWarnings(
  { record, category, deletion }: Pick<Election, 'record' | 'category' | 'deletion'>,
  status: Status,
): readonly Warning<RecordWarningCode>[] {
  const warnings: Warning<RecordWarningCode>[] = []
  const warn = (code: RecordWarningCode, message: string): unknown => warnings.push({ code, message })
  if (deletion) warn('beingDeleted', deletionText(deletion))
  // A lease that is not a leader election need not be renewed or have a duration.
  if (record.holderIdentity === '' || category === 'other') return warnings
  const durationMs = leaseDurationMs(record)

  if (isPlaceholder(record.holderIdentity)) {
    warn('placeholder', 'A failover is blocking this election. There is no leader until the failover ends or its lease expires.')
  }
  if (isBlock(record.holderIdentity)) {
    warn('blocked', 'This election is blocked for maintenance: see its Events. There is no leader until the block ends or its lease expires.')
  }
  if (durationMs === null) {
    warn('badDuration', `The lease duration is ${record.leaseDurationSeconds ?? 'missing'}, so it is not known when the lease expires.`)
  } else if (durationMs > LONGEST_DURATION_MS) {
    warn('badDuration', `The lease duration is ${durationText(durationMs)}. If the leader fails, no candidate takes over for that long.`)
  }
  if (record.renewTime === null) {
    warn('neverRenewed', 'The record has a holder but no renew time. It may not have been written by a leader election client.')
  } else if (timestampMs(record.renewTime) === null) {
    warn('badTime', `The renew time is not a valid timestamp: ${record.renewTime}.`)
  }
  if (status.unchangedForMs !== null && status.unchangedForMs < -SKEW_TOLERATED_MS) {
    warn('clockSkew', `The renew time is ${durationText(-status.unchangedForMs)} in the future. The holder's clock and this machine's clock differ.`)
  }
  if (status.state === 'expired' && status.unchangedForMs !== null && durationMs !== null) {
    const [agoText, leaseText] = [status.unchangedForMs, durationMs].map((ms) => durationText(ms))
    const effect = category === 'election' ? 'there is no leader' : 'its holder is gone'
    if (status.basis === 'recorded') {
      warn('expired', `The lease was last renewed ${agoText} ago, according to the holder's clock (lease duration ${leaseText}). Unless the clocks differ, ${effect}.`)
    } else if (status.isChangeSeen) {
      warn('expired', `The lease was not renewed for ${agoText} (lease duration ${leaseText}), so ${effect}.`)
    } else {
      const before = record.renewTime === null ? '' : ` The last renewal was before that: ${record.renewTime}, by the holder's clock.`
      warn('expired', `No renewal was observed in ${agoText} (lease duration ${leaseText}), so ${effect}.${before}`)
    }
  }
  return warnings
}

/** The consequences of a deletion in progress, in two sentences. */
export function deletionText({ timestamp, finalizers }: Deletion): string {
  const last = finalizers.length === 0 ? '' : ` when ${finalizers.join(' and ')} ${finalizers.length === 1 ? 'is' : 'are'} removed from its finalizers`
  return `The object was marked for deletion at ${timestamp}. It disappears${last}, and its leader then loses the lease.`
}
