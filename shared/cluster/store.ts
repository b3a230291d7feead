import type { Election } from '../lease/election.ts'
import type { Observation } from '../lease/observation.ts'

/** One election as the store knows it. */
export interface StoredElection {
  readonly election: Election
  readonly observation: Observation
}

/** Whether what the store shows is current. */
export interface ViewState {
  readonly connected: boolean
  /** Monotonic milliseconds since when it is stale; null while connected, and before the first list. */
  readonly staleSinceMs: number | null
  /** Why, for a person. */
  readonly reason: string | null
}
