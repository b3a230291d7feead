import type { LogPiece } from '../cluster/holders/log-pieces.ts'
import type { Advised, Remedy } from '../remedy.ts'
import type { LeaderPod } from './leader-pod.ts'

/** Where a piece of a log comes from. */
export interface LogSource {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** What happens to a leader, or to what is known of it, while its log is read. Text in it is the cluster's own. */
export type LogNotice =
  /** From here on the log is that of this leader. */
  | {
      readonly type: 'leader'
      readonly identity: string
      readonly pod: Extract<LeaderPod, { name: string }>
      /** Null where the Pod can't be read (any more). */
      readonly container: string | null
      /** The names of all containers, where the first was taken because nobody named one. */
      readonly defaultedFrom: readonly string[] | null
      /** How many leaders there were in between that nobody saw. */
      readonly unseenTransitions: number
    }
  /** This one leads, and has no log that could be read. Goes on with the next leader. */
  | { readonly type: 'notAPod'; readonly identity: string; readonly because: string }
  /** Nobody leads: nobody did at the first look (`free`), or because of what has just happened. */
  | { readonly type: 'no-leader'; readonly why: 'free' | 'released' | 'deleted' }
  /** The holder has not renewed for a whole lease duration: as this process saw it, or as the record says. */
  | { readonly type: 'expired'; readonly identity: string; readonly basis: 'observed' | 'recorded' }
  /** The leader whose log it is renews again, or leads again. */
  | { readonly type: 'leadsAgain'; readonly identity: string }
  /** The container does not run, and its log has been read. Goes on when it starts. */
  | { readonly type: 'notRunning'; readonly source: LogSource; readonly reason: string | null }
  /** The container was started again: from here on it is the log of the new run. */
  | { readonly type: 'restarted'; readonly source: LogSource }
  /** The log can't be read now; tried again. */
  | ({ readonly type: 'unreadable' } & Advised)
  /** The connection is lost: who leads is not known until `connected`. */
  | { readonly type: 'disconnected'; readonly reason: string; readonly remedy?: Remedy | undefined }
  | { readonly type: 'connected' }

/** Who reads a leader's log. */
export interface LogListener {
  onNotice(notice: LogNotice): void
  /** Takes the next piece; the next one is read once this has resolved. */
  onPiece(piece: LogPiece, source: LogSource): Promise<void> | void
}
