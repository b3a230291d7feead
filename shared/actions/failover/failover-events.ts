import type { Advised } from '../../remedy.ts'
import type { AcquisitionChange } from './acquisition.ts'

/** The outcome of a failover. */
export interface FailoverResult {
  /**
   * - `moved`: another Pod (or process, if there are no Pods) has made its first write as the holder.
   * - `returned`: the old leader acquired the lease again, perhaps as a new process in the same Pod.
   * - `free`: no candidate acquired the lease in time.
   * - `aborted`: another client wrote the record in the meantime, or the failover was interrupted; see `abortion`.
   */
  readonly outcome: 'moved' | 'returned' | 'free' | 'aborted'
  readonly from: string
  /** The last observed holder; empty if there is none. Even if the request named a `to`, it may be another candidate. */
  readonly to: string
  /** The Pod of `to`, if one is known. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly node: string | null } | null
  /**
   * The maximum time without a leader: from the write that blocked the lease (or, with `deletesPod`, from the old leader's
   * last renewal) to the new leader's first write. With `free`, until now. Null if the failover was aborted.
   *
   * An old leader that acknowledges stops within milliseconds after the lease is blocked. When any other stops cannot be
   * observed, so the real time lies between {@link leaderlessAtLeastMs} and this.
   */
  readonly leaderlessMs: number | null
  /** The minimum time without a leader: from when the old leader was proven to have stopped, or must have. Null if aborted. */
  readonly leaderlessAtLeastMs: number | null
  /** From the first write to the end; milliseconds. */
  readonly tookMs: number
  readonly abortion: Abortion | null
}

/** Why a failover stopped early, and in which state it left the election. */
export interface Abortion {
  /**
   * - `interrupted`: the signal was aborted.
   * - `durationChanged`, `reacquired`, `podReplaced`: the term that the plan was made for is over. The holder has another
   *   lease duration, has acquired the lease again, or, with `deletesPod`, its Pod is gone or was replaced.
   * - `taken`, `underway`, `emptied`, `deleted`: another client wrote the record in the meantime. Another candidate or
   *   another failover holds the lease, it has no holder, or it was deleted.
   * - `targetReplaced`: the candidate to hand over to has been restarted since the plan was made, so its identity is gone.
   * - `busy`: the holder writes the record so often that no other write succeeds.
   */
  readonly cause: 'interrupted' | AcquisitionChange | 'podReplaced' | 'targetReplaced' | 'taken' | 'underway' | 'emptied' | 'deleted' | 'busy'
  /**
   * - `untouched`: no changes were made.
   * - `restored`: the old leader was written back, and was observed renewing the lease since. It is still the leader.
   * - `unrenewed`: the old leader was written back, but has not renewed the lease for a full lease duration.
   * - `released`: the lease was released, by the failover, or by the old leader after it was written back. A candidate may
   *   have acquired it since ({@link FailoverResult.to}).
   * - `handedOver`: the lease was handed over to `to`, but no renewal by it was observed.
   * - `lost`: another client has written or deleted the lease, as `cause` says.
   * - `podDeleted`: the old leader's Pod is being deleted, which cannot be undone.
   * - `crashed`: `crash` of the options has run, which cannot be undone.
   */
  readonly left: 'untouched' | 'restored' | 'unrenewed' | 'released' | 'handedOver' | 'lost' | 'podDeleted' | 'crashed'
}

/** The events of a failover, in this order. */
export type FailoverEvent =
  /** The lease is blocked, for `blockMs` from now, or until the old leader is proven to have stopped. */
  | { readonly type: 'blocked'; readonly placeholder: string; readonly blockMs: number }
  /** The failover was interrupted too late to undo: the lease stays blocked for `remainingMs`, and is then released. */
  | { readonly type: 'still-blocked'; readonly remainingMs: number }
  /** The failover was undone: the old leader was written back. The failover waits for its next write, for at most `waitMs`. */
  | { readonly type: 'undone'; readonly waitMs: number }
  /** The old leader acknowledged, the kubelet reported its Pod's containers as terminated, or the block time has passed. */
  | { readonly type: 'leader-stopped'; readonly proof: 'acknowledged' | 'terminated' | 'waited'; readonly afterMs: number }
  /** With `deletesPod`: the API server accepted the deletion. */
  | { readonly type: 'pod-deleted'; readonly namespace: string; readonly name: string }
  /** The lease was released, or handed over to `to`. */
  | { readonly type: 'released'; readonly to: string | null }
  /** Another candidate than the wanted one was drawn, with this result. The failover tries again. */
  | { readonly type: 'draw'; readonly number: number; readonly tries: number; readonly result: FailoverResult }
  /** A request failed. The failover retries it. */
  | ({ readonly type: 'error' } & Advised)
  | { readonly type: 'result'; readonly result: FailoverResult }
