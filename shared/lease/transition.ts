import type { ElectionEventType } from './event.ts'
import type { Observation } from './observation.ts'
import { isPlaceholder } from './placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from './record.ts'
import { LATE_AFTER, type Status } from './status.ts'

/**
 * What has been told of one election so far: the state from which the next reading is told. Pure: {@link firstTold},
 * {@link tell} and {@link judge} make the next one.
 */
export interface Told {
  /** The last leader that was told, empty where nobody led. Never a failover's placeholder. */
  readonly holderIdentity: string
  /** The transitions count up to which every change of holder was told. */
  readonly leaseTransitions: number
  /** Whether the present holder was told to be late or expired. */
  readonly turn: 'late' | 'expired' | null
}

/** One fact to tell; the fields are those of `ElectionEvent`. */
export interface Transition {
  readonly type: ElectionEventType
  readonly previousHolderIdentity?: string
  readonly unseenTransitions?: number
}

export interface Telling {
  readonly told: Told
  readonly transitions: readonly Transition[]
}

/** What an election's first reading tells. */
export function firstTold(record: ElectionRecord): Told {
  return { holderIdentity: leaderOf(record), leaseTransitions: record.leaseTransitions, turn: null }
}

/**
 * What the change from one reading of a record to a later one tells.
 *
 * Candidates add one to `leaseTransitions` whenever they acquire from another holder or from nobody, and leave it
 * alone on renewal and release (client-go, `tryAcquireOrRenew` and `release`). So the count's growth is the number of
 * acquisitions, also of those that happened unseen: one of them is told as the event itself, the others as its
 * `unseenTransitions`. A placeholder is nobody's leadership: nothing is told of it, and who led before it is
 * remembered through it.
 */
export function tell(told: Told, before: ElectionRecord, after: ElectionRecord): Telling {
  if (isSameRecord(before, after)) return { told, transitions: [] }
  if (isPlaceholder(after.holderIdentity)) return { told: { ...told, turn: null }, transitions: [] }

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
  // The same holder acquired exactly once: it was free in between, or the count would not have grown.
  const previous = holderIdentity === told.holderIdentity && acquisitions === 1 ? '' : told.holderIdentity
  return { told: next, transitions: [change('acquired', previous, acquisitions - 1)] }
}

/** What the passing of time alone tells, once each: that a leader, as observed here, is late or has expired. */
export function judge(told: Told, record: ElectionRecord, status: Status): Telling {
  const turn = status.state === 'late' || status.state === 'expired' ? status.state : null
  const isNews = turn !== null && turn !== told.turn && told.turn !== 'expired'
  if (!isNews || status.basis !== 'observed' || isPlaceholder(record.holderIdentity)) return { told, transitions: [] }
  return { told: { ...told, turn }, transitions: [{ type: turn }] }
}

/** When, on the monotonic clock, {@link judge} may next have something to tell; infinity where it will not. */
export function nextJudgementAtMs(told: Told, observation: Observation): number {
  const { record, changedAtMs, hasSeenChange } = observation
  const durationMs = leaseDurationMs(record)
  if (durationMs === null || leaderOf(record) === '' || told.turn === 'expired') return Number.POSITIVE_INFINITY
  return changedAtMs + (told.turn === null && hasSeenChange ? durationMs * LATE_AFTER : durationMs)
}

function leaderOf(record: ElectionRecord): string {
  return isPlaceholder(record.holderIdentity) ? '' : record.holderIdentity
}

function change(type: 'acquired' | 'released', previousHolderIdentity: string, unseen: number): Transition {
  return { type, previousHolderIdentity, ...(unseen > 0 && { unseenTransitions: unseen }) }
}

/** Other people's numbers: a count that went back, or is no count, proves nothing. */
function acquisitionsBetween(before: number, after: number): number {
  const grown = after - before
  return Number.isSafeInteger(grown) && grown > 0 ? grown : 0
}
