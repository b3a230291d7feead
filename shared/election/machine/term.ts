import type { Moment } from '../../lease/index.ts'
import type { StopReason } from './protocol.ts'
import type { Stopwatch } from './stopwatch.ts'

/** One term of leadership, from the write that won it until its work has ended and its lease is given up. */
export interface Term {
  readonly startedAtMs: number
  /** Since the last successful renewal was sent. */
  renewal: Stopwatch
  /**
   * How long after that it is renewed again: a retry period, but the first time any part of one. A process that leads a
   * thousand elections, and began with them all at once, would otherwise renew them all at once for ever.
   */
  renewAfterMs: number
  /** Why the guarded work was told to end; null while this candidate leads. */
  stopReason: StopReason | null
  /** Whether the lease is still ours and goes on being renewed, be it only until the work has ended. */
  isHeld: boolean
  hasWorkEnded: boolean
  hasOverrun: boolean
  /** Who a failover put in its place, and is to be told that the work has ended; null where none did. */
  displacedBy: string | null
  /** How many requests were sent to give the lease up, or to acknowledge that it is gone. */
  releaseTries: number
}

/** A term that begins with a write sent when `renewal` was started. */
export function newTerm(now: Moment, renewal: Stopwatch, renewAfterMs: number): Term {
  return {
    startedAtMs: now.monotonicMs,
    renewal,
    renewAfterMs,
    stopReason: null,
    isHeld: true,
    hasWorkEnded: false,
    hasOverrun: false,
    displacedBy: null,
    releaseTries: 0,
  }
}
