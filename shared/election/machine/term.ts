import type { Moment } from '../../lease/status.ts'
import type { StopReason } from './protocol.ts'
import type { Stopwatch } from './stopwatch.ts'

/** One term of leadership, from the write that acquired the lease until the work has ended and the lease is released. */
export interface Term {
  readonly startedAtMs: number
  /** Since the last successful renewal was sent. */
  renewal: Stopwatch
  /**
   * How long after that the next renewal is due: one retry period, but the first time a random part of one. Otherwise a
   * process that acquires a thousand leases at the same moment would renew all of them at the same moment forever.
   */
  renewAfterMs: number
  /** Why the guarded work was told to end; null while this candidate leads. */
  stopReason: StopReason | null
  /** Whether this candidate still holds the lease and keeps renewing it, even if only until its work has ended. */
  isHeld: boolean
  /** Whether it was acquired while the candidate was unhealthy, which has not been healthy since. */
  isByGrace: boolean
  /** By how much the maximum hold time was extended; milliseconds. */
  holdExtendedMs: number
  hasWorkEnded: boolean
  hasOverrun: boolean
  /** The placeholder of the failover that ended the term, which waits for an acknowledgement; null if none did. */
  displacedBy: string | null
  /** How many requests were sent to release the lease, or to acknowledge its loss to a failover. */
  releaseTries: number
}

/** A term that begins with a write sent when `renewal` was started. */
export function newTerm(now: Moment, renewal: Stopwatch, { renewAfterMs, isByGrace }: Pick<Term, 'renewAfterMs' | 'isByGrace'>): Term {
  return {
    startedAtMs: now.monotonicMs,
    renewal,
    renewAfterMs,
    stopReason: null,
    isHeld: true,
    isByGrace,
    holdExtendedMs: 0,
    hasWorkEnded: false,
    hasOverrun: false,
    displacedBy: null,
    releaseTries: 0,
  }
}
