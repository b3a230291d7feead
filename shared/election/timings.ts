import { leaseDurationMs, type ElectionRecord } from '../lease/record.ts'

/** The three timings of a candidate; milliseconds. */
export interface Timings {
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** client-go's `JitterFactor`: how far the polls of standbys spread, and by what factor the renew deadline exceeds the retry period. */
export const JITTER_FACTOR = 1.2

/** client-go's defaults. */
export const DEFAULT_TIMINGS: Timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }

/**
 * The timings to run as a candidate with. All candidates of an election must have the same lease duration. So if none is
 * asked for, the candidate uses the current holder's, and scales the defaults of the other two timings with it.
 */
export function timingsFor(asked: Partial<Timings>, record: ElectionRecord | null): Timings {
  const held = record && record.holderIdentity !== '' ? leaseDurationMs(record) : null
  const isAsked = asked.leaseDurationMs !== undefined
  if (isAsked || held === null || held === DEFAULT_TIMINGS.leaseDurationMs || held % 1000 !== 0) {
    return { ...DEFAULT_TIMINGS, ...asked }
  }
  const scale = held / DEFAULT_TIMINGS.leaseDurationMs
  const scaled = {
    leaseDurationMs: held,
    renewDeadlineMs: DEFAULT_TIMINGS.renewDeadlineMs * scale,
    retryPeriodMs: DEFAULT_TIMINGS.retryPeriodMs * scale,
  }
  return { ...scaled, ...asked }
}
