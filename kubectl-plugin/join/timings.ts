import { leaseDurationMs, type ElectionRecord } from '../../shared/lease/record.ts'
import type { Deadlines } from './watchdog-protocol.ts'

/** The three timings of a candidate; milliseconds. */
export interface Timings {
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** What the flags say of them; what no flag says is left out. */
export type TimingFlags = Partial<Timings>

/** client-go's. */
export const DEFAULT_TIMINGS: Timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }

/**
 * The timings to stand with. All candidates of an election must have the same lease duration: where no flag says
 * anything else, it is the one that its holder uses, and the other two keep their proportion to it.
 */
export function timingsFor(flags: TimingFlags, record: ElectionRecord | null): Timings {
  const held = record && record.holderIdentity !== '' ? leaseDurationMs(record) : null
  const isUnset = Object.keys(flags).length === 0
  if (!isUnset || held === null || held === DEFAULT_TIMINGS.leaseDurationMs || held % 1000 !== 0) {
    return { ...DEFAULT_TIMINGS, ...flags }
  }
  const scale = held / DEFAULT_TIMINGS.leaseDurationMs
  return {
    leaseDurationMs: held,
    renewDeadlineMs: DEFAULT_TIMINGS.renewDeadlineMs * scale,
    retryPeriodMs: DEFAULT_TIMINGS.retryPeriodMs * scale,
  }
}

/**
 * When a command must be gone, after the last renewal was sent. The elector tells it to end at the renew deadline. A
 * fifth of the time between that and the lease duration later the watchdog does, should the elector not have; a fifth
 * before the lease duration has passed, and with it the time in which nobody else leads, it is killed.
 */
export function commandDeadlines({ leaseDurationMs: leaseMs, renewDeadlineMs }: Timings): Deadlines {
  const marginMs = (leaseMs - renewDeadlineMs) / 5
  return { endAfterMs: renewDeadlineMs + marginMs, killAfterMs: leaseMs - marginMs }
}
