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

/** Something that has happened to one election. */
export interface ElectionEvent {
  readonly type: ElectionEventType
  /** When this process learned of it: wall clock, milliseconds since the epoch. */
  readonly wallMs: number
  readonly election: Election
  readonly status: Status
  /** If the holder changed: the last observed leader before that; empty if there was none. */
  readonly previousHolderIdentity?: string
  /**
   * With `acquired`, `renewed` and `released`: how many transitions happened unobserved before this event, while this
   * process was not connected. The count in the record proves them. Absent if there are none.
   */
  readonly unseenTransitions?: number
}

export type { Basis }
