import { electionKey } from '../../shared/lease/election-ref.ts'
import { observe } from '../../shared/lease/observation.ts'
import { statusOf, type Moment, type Status } from '../../shared/lease/status.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { Holder } from '../../shared/cluster/holders/holder.ts'

/** One election as a command that reads once shows it: the record, and its state now. */
export interface ElectionRow {
  readonly election: Election
  /** With basis `recorded`, because a single read observes no change. */
  readonly status: Status
  /** The wall clock when it was read. */
  readonly wallMs: number
  /** Null if there is no holder, or it was not looked up. */
  readonly holder: Holder | null
}

/** The rows for elections that were read at `now`. */
export function electionRows(
  elections: readonly Election[],
  now: Moment,
  holders?: ReadonlyMap<string, Holder>,
): readonly ElectionRow[] {
  return elections.map((election) => ({
    election,
    status: statusOf(observe(undefined, election.record, now.monotonicMs), now),
    wallMs: now.wallMs,
    holder: holders?.get(electionKey(election)) ?? null,
  }))
}
