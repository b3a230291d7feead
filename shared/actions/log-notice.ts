import type { LogPiece } from '../cluster/holders/log-pieces.ts'
import type { Advised, Remedy } from '../remedy.ts'
import type { LeaderPod } from './leader-pod.ts'
import { type Phrase } from '../phrase.ts'

/** The source of a piece of a log. */
export interface LogSource {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** What happens to the leader, or to the connection, while its log is read. Text from the cluster is not escaped. */
export type LogNotice =
  /** From here on, the log is this leader's. */
  | {
      readonly type: 'leader'
      readonly identity: string
      readonly pod: Extract<LeaderPod, { name: string }>
      /** Null if the Pod cannot be read (any more). */
      readonly container: string | null
      /** The names of all containers, if the first was chosen because none was requested. */
      readonly defaultedFrom: readonly string[] | null
      /** How many transitions since the previous leader were not observed. */
      readonly unseenTransitions: number
    }
  /** The leader has no Pod that was found, so there is no log. Continues with the next leader. */
  | { readonly type: 'notAPod'; readonly identity: string; readonly because: Phrase }
  /** There is no leader: at the first reading (`free`), or because of what has just happened. */
  | { readonly type: 'no-leader'; readonly why: 'free' | 'released' | 'deleted' }
  /** The holder has not renewed for a full lease duration, as observed or by the record. */
  | { readonly type: 'expired'; readonly identity: string; readonly basis: 'observed' | 'recorded' }
  /** The leader whose log is read renews again, or has acquired the lease again. */
  | { readonly type: 'leadsAgain'; readonly identity: string }
  /** The container is not running, and its log was read to the end. Continues when it starts. */
  | { readonly type: 'notRunning'; readonly source: LogSource; readonly reason: string | null }
  /** The container was restarted: from here on, the log is the new run's. */
  | { readonly type: 'restarted'; readonly source: LogSource }
  /** The log cannot be read at present. Retried. */
  | ({ readonly type: 'unreadable' } & Advised)
  /** The connection was lost: the leader is unknown until `connected`. */
  | { readonly type: 'disconnected'; readonly reason: string; readonly phrase?: Phrase | undefined; readonly remedy?: Remedy | undefined }
  | { readonly type: 'connected' }

/** Receives a leader's log. */
export interface LogListener {
  onNotice(notice: LogNotice): void
  /** Receives the next piece. The one after it is read when this has resolved. */
  onPiece(piece: LogPiece, source: LogSource): Promise<void> | void
}
