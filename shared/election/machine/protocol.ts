import type { ElectionRecord } from '../../lease/index.ts'
import type { LockedRecord, LockEvent } from '../../locks/lock.ts'
import type { Alteration } from './alteration.ts'

/** Something that has happened to a candidate. The election machine decides by these, and by the time, alone. */
export type Input =
  /** The read was answered; null where there is no record. */
  | { readonly type: 'read'; readonly found: LockedRecord | null }
  | { readonly type: 'read-failed' }
  /** The write was answered: it was applied, as `locked`. */
  | { readonly type: 'written'; readonly locked: LockedRecord }
  /**
   * The write failed: it lost (`conflict`), it was certainly not applied (`refused`), or nobody knows (`unknown`).
   */
  | { readonly type: 'write-failed'; readonly outcome: 'conflict' | 'refused' | 'unknown' }
  /** A write that was abandoned was applied after all, as `locked`. */
  | { readonly type: 'written-late'; readonly write: Write; readonly locked: LockedRecord }
  /** The watch told of something, perhaps late, perhaps again. */
  | { readonly type: 'watched'; readonly event: LockEvent }
  /** The watch ended, or could not be begun. */
  | { readonly type: 'watch-ended' }
  /** The guarded work has settled: by itself, or because it was told to. */
  | { readonly type: 'work-ended' }
  /** The candidate is to leave the election, giving up leadership in good order. */
  | { readonly type: 'stop' }

/**
 * A write that a candidate wants. `acknowledge` says, beside a failover's placeholder, that the work of the leader that
 * it displaced has ended. All are compared against `base`, or a creation where that is null.
 */
export interface Write {
  readonly kind: 'acquire' | 'renew' | 'release' | 'acknowledge'
  readonly base: LockedRecord | null
  /** With `acknowledge`: that of `base`, which stays as it is. */
  readonly record: ElectionRecord
}

/** What to do next. There is never more than one request under way, but for a write that was abandoned. */
export type Action =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly write: Write }
  /** Nothing, until an input comes or the monotonic clock reaches `untilMs` (may be infinite). */
  | { readonly type: 'wait'; readonly untilMs: number }
  /** The candidate has left; nothing will come any more. */
  | { readonly type: 'done' }

/**
 * Why a term ended.
 *
 * In good order, with the lease kept while the work winds down: `stopped` (told to leave), `max-hold` (it was long
 * enough), `work-ended` (the guarded work ended by itself). By loss: `deadline` (not renewed in time), and what the
 * record turned out to say: `taken` (another holder), `emptied` (no holder), `deleted` (no record), `blocked`
 * (a failover's placeholder), `stranger` (this candidate's identity, in a record that it did not write). `failed`: the
 * candidate cannot go on, and its run rejects with the reason.
 */
export type StopReason =
  | 'stopped'
  | 'max-hold'
  | 'work-ended'
  | 'deadline'
  | 'taken'
  | 'emptied'
  | 'deleted'
  | 'blocked'
  | 'stranger'
  | 'failed'

/** What has become true. */
export type Fact =
  /** Guarded work may begin. */
  | { readonly type: 'started-leading'; readonly fencingToken: string }
  /** Guarded work must end, now. */
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  /** Guarded work goes on although its lease has run out, or is about to. */
  | { readonly type: 'overran' }
  /** The term is over: its work has ended, and the lease was given up (or could not be, or was not ours). */
  | { readonly type: 'term-ended'; readonly reason: StopReason; readonly released: boolean }
  /** Another identity than before holds the election. */
  | { readonly type: 'new-leader'; readonly identity: string }
  /** A leader had to read before it could renew (client-go's slow path). */
  | { readonly type: 'slow-path' }
  /** The request under way has taken too long: it is no longer waited for. A write may yet be {@link Input}'s `written-late`. */
  | { readonly type: 'request-abandoned' }
  /** The watch does not tell what it should: the record has changed without a word from it, or its versions went back. */
  | { readonly type: 'watch-silent' }
  /** The server changed what was written so that it is not safe to lead by it. The candidate leaves. */
  | { readonly type: 'write-altered'; readonly alteration: Alteration }
