import type { Deletion, Election } from './election.ts'
import { durationText } from './duration-text.ts'
import { isPlaceholder } from './placeholder.ts'
import { leaseDurationMs } from './record.ts'
import type { Status } from './status.ts'
import { timestampMs } from './timestamp.ts'

/** Something about an election that is worth a person's attention. */
export interface Warning {
  /** Stable, for programs. */
  readonly code: string
  /** A sentence or two. It contains text from the cluster as it is there. */
  readonly message: string
}

/** Clocks differ by this much on well-kept machines too. */
const SKEW_TOLERATED_MS = 2_000
/** A candidate that waits longer than a day for a dead leader has a lease duration that somebody got wrong. */
const LONGEST_DURATION_MS = 24 * 3_600_000

/** What one reading of the record shows to be wrong or risky, without asking anybody else. */
export function recordWarnings(
  { record, category, deletion }: Pick<Election, 'record' | 'category' | 'deletion'>,
  status: Status,
): readonly Warning[] {
  const warnings: Warning[] = []
  const warn = (code: string, message: string): unknown => warnings.push({ code, message })
  if (deletion) warn('beingDeleted', deletionText(deletion))
  // What other programs keep in a lease need not be renewed, nor have a duration.
  if (record.holderIdentity === '' || category === 'other') return warnings
  const durationMs = leaseDurationMs(record)
  const howSure = status.basis === 'recorded' ? ', according to the holder\'s clock' : ''

  if (isPlaceholder(record.holderIdentity)) {
    warn('placeholder', 'A failover is blocking this election. There is no leader until the failover ends or its lease expires.')
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
    const who = category === 'election' ? 'there is no leader' : 'its holder is gone'
    warn('expired', `The lease was last renewed ${durationText(status.unchangedForMs)} ago${howSure} (lease duration ${durationText(durationMs)}). Unless the clocks differ, ${who}.`)
  }
  return warnings
}

/** What a deletion that is under way means, in two sentences. */
export function deletionText({ timestamp, finalizers }: Deletion): string {
  const last = finalizers.length === 0 ? '' : ` when ${finalizers.join(' and ')} ${finalizers.length === 1 ? 'is' : 'are'} removed from its finalizers`
  return `The object was marked for deletion at ${timestamp}. It disappears${last}, and its leader then loses the lease.`
}
