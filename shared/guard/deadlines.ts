import type { Timings } from '../election/timings.ts'
import type { Deadlines } from './watchdog-protocol.ts'

/**
 * When a command must be gone after the last renewal was sent. The elector tells the command to end at the renew deadline.
 * The margin is a fifth of the time between the renew deadline and the lease duration. One margin after the renew deadline,
 * the watchdog tells the command to end if the elector has not. One margin before the lease duration has passed, when
 * another candidate could lead, the watchdog kills it.
 */
export function commandDeadlines({ leaseDurationMs: leaseMs, renewDeadlineMs }: Timings): Deadlines {
  const marginMs = (leaseMs - renewDeadlineMs) / 5
  return { endAfterMs: renewDeadlineMs + marginMs, killAfterMs: leaseMs - marginMs }
}
