import type { Candidate } from '../../candidates/candidate.ts'
import { FailoverRefused, type FailoverRequest } from './failover-plan.ts'

/** The most tries of one failover: each of them is a time without a leader, and restarts a program. */
export const MOST_TRIES = 3
/** With more candidates, the one that is wanted is seldom drawn. */
const MOST_CANDIDATES = 4

/**
 * A failover to a candidate whose identity is not known: the lease is released, and the first candidate to acquire it is
 * drawn. If it is another one, the failover draws again.
 */
export interface Draw {
  /** The maximum number of tries. */
  readonly tries: number
  /** The candidates that end the draw. */
  readonly accepted: readonly Candidate[]
  /** How many candidates each try draws from: all known ones, without the leader. */
  readonly among: number
  /** The probability that one of the tries draws an accepted candidate, if all are equally fast. */
  readonly chance: number
  readonly expectedTries: number
  /** The expected time of all tries; milliseconds. */
  readonly expectedMs: number
}

/** @throws FailoverRefused `tooManyCandidates`, `request` */
export function drawOf(
  { tries = 1 }: Pick<FailoverRequest, 'tries'>,
  accepted: readonly Candidate[],
  others: readonly Candidate[],
  tryMs: number,
): Draw {
  const candidates = others.length + 1
  if (tries > 1 && candidates > MOST_CANDIDATES) {
    throw new FailoverRefused(
      'tooManyCandidates',
      `There are ${candidates} candidates. A draw among more than ${MOST_CANDIDATES} seldom ends at the one that is wanted, and each try restarts a leader.`,
    )
  }
  const among = Math.max(others.length, 1)
  const miss = 1 - Math.min(accepted.length / among, 1)
  const expectedTries = Array.from({ length: tries }, (_, earlier) => miss ** earlier).reduce((sum, each) => sum + each, 0)
  return { tries, accepted, among, chance: 1 - miss ** tries, expectedTries, expectedMs: expectedTries * tryMs }
}
