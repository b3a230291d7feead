import type { Election } from './election.ts'
import type { Basis, Status } from './status.ts'

/** What can happen to an election, as `watch` reports it. */
export type ElectionEventType =
  | 'added'
  | 'acquired'
  | 'renewed'
  | 'late'
  | 'recovered'
  | 'released'
  | 'expired'
  | 'deleted'

/** One past fact about one election. */
export interface ElectionEvent {
  readonly type: ElectionEventType
  /** When this process learned of it: wall clock, milliseconds since the epoch. */
  readonly wallMs: number
  readonly election: Election
  readonly status: Status
  /** Where the holder changed: who held it before, as far as was seen; empty where nobody did. */
  readonly previousHolderIdentity?: string
  /**
   * With `acquired`, `renewed` and `released`: how many changes of holder the transitions count proves beyond the one
   * shown (they happened while this process was not connected). Absent where there are none.
   */
  readonly unseenTransitions?: number
}

export type { Basis }
