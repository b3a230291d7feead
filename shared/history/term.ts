import type { Writer } from './audit/writer.ts'
import type { TimeRange } from './time-range.ts'

/**
 * How a term ended. `released`: by the leader itself. All others leave open how long it acted: another client `emptied` the
 * holder, has `given` the lease to another identity, `deleted` the object, or blocked it for a `failover`; another candidate
 * has `taken` it although it had not expired; it `expired`; it `restarted` as another process of the same name; or the change
 * is `unseen`.
 */
export type TermEnding = 'released' | 'emptied' | 'given' | 'deleted' | 'failover' | 'taken' | 'expired' | 'restarted' | 'unseen'

/** When a leader stopped, as far as the log shows: not before `fromMs`; `toMs` null: no upper bound is known. */
export interface TermEnd extends TimeRange {
  readonly how: TermEnding
  /** The write that ended it; null if it only expired, or if that write was not seen. */
  readonly atMs: TimeRange | null
  /** Why `toMs` is what it is. */
  readonly bound: 'release' | 'lease-duration' | 'event' | 'container' | 'seen-as-candidate' | null
}

/**
 * `acquired`: by its own write. `adopted`: another client wrote the identity, and the candidate then renewed. `earlier`: it
 * led when the log began. `unseen`: the write was not seen.
 */
export type TermStart = TimeRange & { readonly how: 'acquired' | 'adopted' | 'earlier' | 'unseen' }

/** A time in which the lease was not the leader's, although it took it back so soon that it may have led throughout. */
export interface Interruption extends TimeRange {
  readonly how: TermEnding
}

/** A time in which one candidate led. */
export interface Term {
  readonly holderIdentity: string
  /** How it is known: `written` in an audit log, `seen` by a recording, or only `told` by an Event. */
  readonly basis: 'written' | 'seen' | 'told'
  /** Who wrote its renewals; null if no audit log shows it. */
  readonly writer: Writer | null
  readonly start: TermStart
  /** Null: it still led when the log ended. */
  readonly end: TermEnd | null
  readonly interruptions: readonly Interruption[]
  readonly leaseDurationMs: number | null
  /** The typical time between two renewals; null if fewer than two were seen. */
  readonly intervalMs: number | null
  /** Successful writes of its own, the first one included. */
  readonly writes: number
  /** Its last success. */
  readonly lastSuccess: TimeRange & { readonly toMs: number }
  /** Rejected renewals after that: it still took itself for the leader. */
  readonly conflicts: readonly TimeRange[]
}

/** A write by a client that is not the holder, or the request of one that may have been written. */
export interface HandWrite extends TimeRange {
  readonly writer: Writer
  readonly verb: string
  /**
   * `emptied` the holder, `released` a lease that was blocked, `given` the lease to `holderIdentity`, `deleted` the object,
   * `blocked` it for a failover or for maintenance, `changed` something else, or `unknown`, if the log does not hold what was written.
   */
  readonly what: 'emptied' | 'released' | 'given' | 'deleted' | 'blocked' | 'changed' | 'unknown'
  readonly holderIdentity: string | null
  /** How many writes in a row; more than one for the renewals of a blocked lease. */
  readonly count: number
  /** The identity as which the same writer is a candidate; null if it is not known as one. */
  readonly candidate: string | null
  /** Whether it is only presumed that the holder did not write this itself. */
  readonly isPresumed: boolean
  /** Whether it may not have been written at all. */
  readonly isUncertain: boolean
}
