import type { Advised } from '../../remedy.ts'
import type { AcquisitionChange } from './acquisition.ts'

/** What became of a failover. */
export interface FailoverResult {
  /**
   * - `moved`: another Pod (another process, where there are no Pods) has made its first write.
   * - `returned`: the old one came back, perhaps as a new process in the same Pod.
   * - `free`: nobody took it in time.
   * - `aborted`: somebody else wrote in between, or it was interrupted; see `abortion`.
   */
  readonly outcome: 'moved' | 'returned' | 'free' | 'aborted'
  readonly from: string
  /** Who holds it now, as was last seen; empty where nobody does. With `to` asked for, it may be another. */
  readonly to: string
  /** The Pod of `to`, where one is known. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly node: string | null } | null
  /**
   * For how long nobody led, at most: from the write that kept everybody out (or, with `deletesPod`, from the
   * incumbent's last renewal) to the successor's first. With `free`, so far. Null where it was aborted.
   *
   * An incumbent that acknowledges stops within milliseconds of that write; others act on for a while, unseen, so that
   * the real time lies between this and {@link leaderlessAtLeastMs}.
   */
  readonly leaderlessMs: number | null
  /** For how long at least: from when the incumbent was proven to have stopped, or must have. Null where it was aborted. */
  readonly leaderlessAtLeastMs: number | null
  /** From the first write to the end; milliseconds. */
  readonly tookMs: number
  readonly abortion: Abortion | null
}

/** Why a failover did not come to its end, and how it left the election. */
export interface Abortion {
  /**
   * `interrupted`, by the signal; the incumbent is not the one that the plan was made for any more: it has another lease
   * duration (`durationChanged`), has acquired the lease again (`reacquired`), or, with `deletesPod`, its Pod is gone or
   * another (`podReplaced`); or what somebody else did in between: another candidate holds it (`taken`), another
   * failover does (`underway`), it was `emptied`, it was `deleted`, or its holder can't be beaten to it (`busy`).
   */
  readonly cause: 'interrupted' | AcquisitionChange | 'podReplaced' | 'taken' | 'underway' | 'emptied' | 'deleted' | 'busy'
  /**
   * - `untouched`: nothing was written.
   * - `restored`: the incumbent was written back, and has been seen to renew the lease since: it leads on.
   * - `unrenewed`: the incumbent was written back, and has not renewed the lease for its whole lease duration.
   * - `released`: it was released, by the failover or, once it was written back, by the incumbent itself. It is free, or
   *   held by whoever has acquired it since ({@link FailoverResult.to}).
   * - `handedOver`: it was handed over to `to`, which was not seen to renew it.
   * - `lost`: it is somebody else's, or gone, as `cause` says.
   * - `podDeleted`: the incumbent's Pod is being deleted, which can't be undone.
   */
  readonly left: 'untouched' | 'restored' | 'unrenewed' | 'released' | 'handedOver' | 'lost' | 'podDeleted'
}

/** What happens while a failover runs, in this order. */
export type FailoverEvent =
  /** Everybody is kept out, for `blockMs` from now unless the incumbent is proven to have stopped before. */
  | { readonly type: 'blocked'; readonly placeholder: string; readonly blockMs: number }
  /** It was interrupted too late to be undone at once: it is held for `remainingMs`, and released. */
  | { readonly type: 'still-blocked'; readonly remainingMs: number }
  /** It was interrupted soon, and the incumbent is written back: its next write is waited for, for `waitMs` at most. */
  | { readonly type: 'undone'; readonly waitMs: number }
  /** The incumbent has said so, the kubelet has reported its Pod's containers terminated, or it must have by now. */
  | { readonly type: 'leader-stopped'; readonly proof: 'acknowledged' | 'terminated' | 'waited'; readonly afterMs: number }
  /** With `deletesPod`: the API server has taken the deletion. */
  | { readonly type: 'pod-deleted'; readonly namespace: string; readonly name: string }
  /** It is free, or handed to `to`. */
  | { readonly type: 'released'; readonly to: string | null }
  /** The API server could not be reached or refused; it is tried again. */
  | ({ readonly type: 'error' } & Advised)
  | { readonly type: 'result'; readonly result: FailoverResult }
