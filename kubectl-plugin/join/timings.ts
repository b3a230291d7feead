import type { Timings } from '../../shared/election/timings.ts'
import type { Deadlines } from './watchdog-protocol.ts'

/** What the flags say of the timings; what no flag says is left out. */
export type TimingFlags = Partial<Timings>

/**
 * When a command must be gone, after the last renewal was sent. The elector tells it to end at the renew deadline. A
 * fifth of the time between that and the lease duration later the watchdog does, should the elector not have; a fifth
 * before the lease duration has passed, and with it the time in which nobody else leads, it is killed.
 */
export function commandDeadlines({ leaseDurationMs: leaseMs, renewDeadlineMs }: Timings): Deadlines {
  const marginMs = (leaseMs - renewDeadlineMs) / 5
  return { endAfterMs: renewDeadlineMs + marginMs, killAfterMs: leaseMs - marginMs }
}
