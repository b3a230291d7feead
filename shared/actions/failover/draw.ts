import type { Candidate } from '../../candidates/candidate.ts'
import { FailoverRefused, type Draw, type FailoverRequest } from './failover-plan.ts'

/** The most tries of one failover: each of them is a time without a leader, and restarts a program. */
export const MOST_TRIES = 3
/** With more candidates, the one that is wanted is seldom drawn. */
const MOST_CANDIDATES = 4

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
