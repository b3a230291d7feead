import type { ElectionEventType } from './event.ts'
import type { Observation } from './observation.ts'
import { isBlock, isBlocking, leaderOf } from './placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from './record.ts'
import { LATE_AFTER, type Status } from './status.ts'

/**
 * What was reported of one election so far, which decides what the next reading reports. Immutable: {@link firstTold},
 * {@link tell} and {@link judge} return the next one.
 */
export interface Told {
  /** The last reported leader; empty if there was none. Never a failover's placeholder. */
  readonly holderIdentity: string
  /** The transitions count up to which every transition was reported. */
  readonly leaseTransitions: number
  /** Whether the present holder was reported as late or expired. */
  readonly turn: 'late' | 'expired' | null
}

/** One event to report, with the fields of `ElectionEvent`. */
export interface Transition {
  readonly type: ElectionEventType
  readonly previousHolderIdentity?: string
  readonly unseenTransitions?: number
}

export interface Telling {
  readonly told: Told
  readonly transitions: readonly Transition[]
}

/** What the first reading of an election reports. */
export function firstTold(record: ElectionRecord): Told {
  return { holderIdentity: leaderOf(record), leaseTransitions: record.leaseTransitions, turn: null }
}

/**
 * What the change from one reading of a record to a later one reports.
 *
 * A candidate adds one to `leaseTransitions` whenever it acquires the lease from another holder, or without one, and leaves
 * it unchanged when it renews or releases (client-go, `tryAcquireOrRenew` and `release`). So the growth of the count is the
 * number of acquisitions, including the unobserved ones: the event itself reports one of them, and its
 * `unseenTransitions` the others. While the lease is blocked there is no leader: that is not reported, nor is the acquisition
 * of a block for maintenance, and the leader before it is remembered.
 */
export function tell(told: Told, before: ElectionRecord, after: ElectionRecord): Telling {
  if (isSameRecord(before, after)) return { told, transitions: [] }
  if (isBlocking(after.holderIdentity)) {
    const isAcquired = isBlock(after.holderIdentity) && after.holderIdentity !== before.holderIdentity
    return { told: { ...told, leaseTransitions: told.leaseTransitions + (isAcquired ? 1 : 0), turn: null }, transitions: [] }
  }

  const holderIdentity = after.holderIdentity
  const acquisitions = acquisitionsBetween(told.leaseTransitions, after.leaseTransitions)
  const next: Told = { holderIdentity, leaseTransitions: after.leaseTransitions, turn: null }

  if (holderIdentity === '') {
    if (told.holderIdentity === '' && acquisitions === 0) return { told: next, transitions: [] }
    return { told: next, transitions: [change('released', told.holderIdentity, acquisitions)] }
  }
  if (holderIdentity === told.holderIdentity && acquisitions === 0) {
    const recovered: Transition[] = told.turn === null ? [] : [{ type: 'recovered' }]
    return { told: next, transitions: [{ type: 'renewed' }, ...recovered] }
  }
  // The same holder acquired exactly once. The lease was released in between, or the count would not have grown.
  const previous = holderIdentity === told.holderIdentity && acquisitions === 1 ? '' : told.holderIdentity
  return { told: next, transitions: [change('acquired', previous, acquisitions - 1)] }
}

/** Reports, once each, that an observed leader is late, or that its lease has expired. */
export function judge(told: Told, record: ElectionRecord, status: Status): Telling {
  const turn = status.state === 'late' || status.state === 'expired' ? status.state : null
  const isNews = turn !== null && turn !== told.turn && told.turn !== 'expired'
  if (!isNews || status.basis !== 'observed' || isBlocking(record.holderIdentity)) return { told, transitions: [] }
  return { told: { ...told, turn }, transitions: [{ type: turn }] }
}

/** When {@link judge} may next have something to report, on the monotonic clock; infinity if never. */
export function nextJudgementAtMs(told: Told, observation: Observation): number {
  const { record, changedAtMs, hasSeenChange } = observation
  const durationMs = leaseDurationMs(record)
  if (durationMs === null || leaderOf(record) === '' || told.turn === 'expired') return Number.POSITIVE_INFINITY
  return changedAtMs + (told.turn === null && hasSeenChange ? durationMs * LATE_AFTER : durationMs)
}

function change(type: 'acquired' | 'released', previousHolderIdentity: string, unseen: number): Transition {
  return { type, previousHolderIdentity, ...(unseen > 0 && { unseenTransitions: unseen }) }
}

/** Any client may have written the counts: one that went back, or is not a count, proves nothing. */
function acquisitionsBetween(before: number, after: number): number {
  const grown = after - before
  return Number.isSafeInteger(grown) && grown > 0 ? grown : 0
}
