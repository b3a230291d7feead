import { electionKey, observe, statusOf, type Election, type Moment, type Status } from '../../shared/lease/index.ts'
import type { Holder } from '../../shared/cluster/holders/holder.ts'

/** One election as a one-shot command shows it: what was read, and what that means now. */
export interface ElectionRow {
  readonly election: Election
  /** With basis `recorded`: a single reading observes nothing. */
  readonly status: Status
  /** The wall clock when it was read. */
  readonly wallMs: number
  /** Null where nobody holds it, or nobody looked. */
  readonly holder: Holder | null
}

/** What one reading of elections says at `now`. */
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
