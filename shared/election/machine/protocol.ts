import type { ElectionRecord } from '../../lease/record.ts'
import type { LockedRecord, LockEvent } from '../../locks/lock.ts'

/** Something that has happened to a candidate. The election machine decides only by these inputs and the time. */
export type Input =
  /** The read was answered; null if there is no record. */
  | { readonly type: 'read'; readonly found: LockedRecord | null }
  | { readonly type: 'read-failed' }
  /** The write was answered: it was applied, as `locked`. */
  | { readonly type: 'written'; readonly locked: LockedRecord }
  /**
   * The write failed. Another client wrote first (`conflict`), the write was certainly not applied (`refused`), or it is
   * not known whether it was applied (`unknown`).
   */
  | { readonly type: 'write-failed'; readonly outcome: 'conflict' | 'refused' | 'unknown' }
  /** A write that was abandoned was applied after all, as `locked`. */
  | { readonly type: 'written-late'; readonly write: Write; readonly locked: LockedRecord }
  /** The watch reported an event, perhaps late, perhaps repeated. */
  | { readonly type: 'watched'; readonly event: LockEvent }
  /** The watch ended, or could not be started. */
  | { readonly type: 'watch-ended' }
  /** The guarded work has settled, on its own or because it was told to stop. */
  | { readonly type: 'work-ended' }
  /** The candidate has passed its health check, or failed it. Before the first such input, it counts as unhealthy. */
  | { readonly type: 'health'; readonly isHealthy: boolean }
  /** The maximum hold time of the present term was extended, by milliseconds. */
  | { readonly type: 'hold-extended'; readonly byMs: number }
  /** The candidate was told to leave the election. If it leads, it ends its work first, and then releases the lease. */
  | { readonly type: 'stop' }

/**
 * A write that a candidate asks for. `acknowledge` confirms to a failover, next to its placeholder, that the work of the
 * old leader has ended. A write succeeds only if the record is still `base`; with null, it creates the record.
 */
export interface Write {
  readonly kind: 'acquire' | 'renew' | 'release' | 'acknowledge'
  readonly base: LockedRecord | null
  /** With `acknowledge`: the record of `base`, which stays unchanged. */
  readonly record: ElectionRecord
}

/** What to do next. There is never more than one request under way, apart from an abandoned write. */
export type Action =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly write: Write }
  /** Nothing, until an input arrives or the monotonic clock reaches `untilMs` (may be infinite). */
  | { readonly type: 'wait'; readonly untilMs: number }
  /** The candidate has left the election. There are no further actions. */
  | { readonly type: 'done' }

/**
 * Why a term ended.
 *
 * On purpose, with the lease kept until the work has ended: `stopped` (told to leave), `max-hold` (the maximum hold time
 * was reached), `unhealthy` (the health check failed), `work-ended` (the guarded work ended on its own). By loss: `deadline` (not renewed before the renew
 * deadline), or because of the record: `taken` (another holder), `emptied` (no holder), `deleted` (no record), `blocked`
 * (a failover's placeholder), `stranger` (this candidate's identity, in a record that it did not write). `failed`: the
 * candidate cannot go on, and its run rejects with the reason.
 */
export type StopReason =
  | 'stopped'
  | 'max-hold'
  | 'unhealthy'
  | 'work-ended'
  | 'deadline'
  | 'taken'
  | 'emptied'
  | 'deleted'
  | 'blocked'
  | 'stranger'
  | 'failed'

/** What the server (an admission policy, a webhook) made of a field that a candidate wrote. */
export interface Alteration {
  readonly field: 'holderIdentity' | 'leaseDurationSeconds' | 'renewTime'
  readonly written: string | number | null
  readonly found: string | number | null
}

/** What has become true. */
export type Fact =
  /** Guarded work may begin. */
  | { readonly type: 'started-leading'; readonly fencingToken: string }
  /** Guarded work must end, now. */
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  /** Guarded work is still running although its lease has expired, or is about to expire. */
  | { readonly type: 'overran' }
  /** The term is over: its work has ended, and the lease was released, unless it was lost or the release failed. */
  | { readonly type: 'term-ended'; readonly reason: StopReason; readonly released: boolean }
  /** The holder has changed. `isStranger`: it has this candidate's identity, but this candidate did not write the record. */
  | { readonly type: 'new-leader'; readonly identity: string; readonly isStranger: boolean }
  /** Another process, with this candidate's identity, has renewed the lease. */
  | { readonly type: 'identity-in-use' }
  /** A leader had to read before it could renew (client-go's slow path). */
  | { readonly type: 'slow-path' }
  /**
   * The request under way has timed out, or its answer is no longer needed. If it is a write that succeeds later,
   * {@link Input} `written-late` reports it.
   */
  | { readonly type: 'request-abandoned'; readonly hasTimedOut: boolean }
  /** The watch has missed something: the record changed without an event, or its versions went back. */
  | { readonly type: 'watch-silent' }
  /** The server changed a write so that it is not safe to lead by it. The candidate leaves the election. */
  | { readonly type: 'write-altered'; readonly alteration: Alteration }
