import type { ApiClient } from '../cluster/client.ts'
import { readElectionDetails, type ElectionDetails } from '../cluster/elections/election-details.ts'
import type { ElectionRef } from '../lease/election-ref.ts'
import type { Clock } from '../time/clock.ts'
import type { Candidate } from './candidate.ts'
import { candidatesOf } from './candidates-of.ts'

/** The candidates of an election, and what they are known from. */
export interface Candidates {
  readonly candidates: readonly Candidate[]
  readonly details: ElectionDetails
}

/** Reads who runs as a candidate of an election. @throws ClusterError if the election cannot be read */
export async function readCandidates(client: ApiClient, clock: Clock, place: ElectionRef, signal?: AbortSignal): Promise<Candidates> {
  const details = await readElectionDetails(client, clock, place, signal)
  return { details, candidates: candidatesOf(details) }
}
