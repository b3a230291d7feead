import type { Observation } from './observation.ts'
import { isBlocking } from './placeholder.ts'
import { leaseDurationMs } from './record.ts'
import { timestampMs } from './timestamp.ts'

/** See {@link statusOf}. */
export type State = 'held' | 'late' | 'expired' | 'released' | 'blocked' | 'unknown'
/** How a state is known: `observed` by this process, or `recorded`, only from the timestamps in the record. */
export type Basis = 'observed' | 'recorded'

export interface Status {
  readonly state: State
  readonly basis: Basis
  /**
   * Milliseconds until a candidate may take over; negative after that; null if there is no holder or no lease duration, or
   * if the view is stale. With basis `recorded`, it depends on the wall clocks of two machines.
   */
  readonly expiresInMs: number | null
  /** Milliseconds since the record last changed, on the same basis; null if that is not known. */
  readonly unchangedForMs: number | null
  /**
   * Whether the last change of the record was observed. If not, `unchangedForMs` with basis `observed` is only a lower
   * bound: how long this process has watched without a change.
   */
  readonly isChangeSeen: boolean
}

/** Both clocks at one moment, in milliseconds. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** The share of the lease duration after which a renewal counts as late. */
export const LATE_AFTER = 2 / 3

/**
 * The state of an election at `now`.
 *
 * It is `observed` once this process has observed a change of the record, or has watched it for a whole lease duration
 * without a change. Until then it is `recorded`: computed from `renewTime` and the local wall clock, and no basis for a
 * write. With a `stale` view (the connection is lost), every state that time alone can change is `unknown`.
 */
export function statusOf(observation: Observation, now: Moment, view?: { readonly stale?: boolean }): Status {
  const { record } = observation
  const seenForMs = now.monotonicMs - observation.changedAtMs
  const durationMs = leaseDurationMs(record)
  const observed = observation.hasSeenChange || (durationMs !== null && seenForMs >= durationMs)
  const basis: Basis = observed ? 'observed' : 'recorded'
  const unchangedForMs = observed ? seenForMs : recordedAgeMs(record.renewTime, now.wallMs)
  const known = { basis, unchangedForMs, isChangeSeen: observation.hasSeenChange }

  if (view?.stale) return { ...known, state: 'unknown', expiresInMs: null }
  if (record.holderIdentity === '') return { ...known, state: 'released', expiresInMs: null }
  if (durationMs === null || unchangedForMs === null) return { ...known, state: 'unknown', expiresInMs: null }

  const expiresInMs = durationMs - unchangedForMs
  return { ...known, state: stateAt(record.holderIdentity, unchangedForMs, durationMs), expiresInMs }
}

/**
 * Whether the last renewal was observed so recently that the election is neither late nor expired. Unlike {@link statusOf},
 * it makes no object, for what asks about thousands of elections every second.
 */
export function isFresh({ record, changedAtMs, hasSeenChange }: Observation, monotonicMs: number): boolean {
  const durationMs = leaseDurationMs(record)
  return hasSeenChange && durationMs !== null && monotonicMs - changedAtMs < durationMs * LATE_AFTER
}

/**
 * When time alone next changes the observed state, on the monotonic clock; null if it does not.
 */
export function nextTurnAtMs(observation: Observation, nowMs: number): number | null {
  const durationMs = leaseDurationMs(observation.record)
  if (durationMs === null || observation.record.holderIdentity === '') return null
  for (const dueMs of [observation.changedAtMs + durationMs * LATE_AFTER, observation.changedAtMs + durationMs]) {
    if (dueMs > nowMs) return dueMs
  }
  return null
}

function stateAt(holderIdentity: string, unchangedForMs: number, durationMs: number): State {
  if (unchangedForMs >= durationMs) return 'expired'
  if (isBlocking(holderIdentity)) return 'blocked'
  return unchangedForMs >= durationMs * LATE_AFTER ? 'late' : 'held'
}

function recordedAgeMs(renewTime: string | null, wallMs: number): number | null {
  const renewedAtMs = timestampMs(renewTime)
  return renewedAtMs === null ? null : wallMs - renewedAtMs
}
