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
      `There are ${candidates} candidates. With more than ${MOST_CANDIDATES}, the wanted one is rarely the first to acquire the lease, and each try can restart a program.`,
    )
  }
  const among = Math.max(others.length, 1)
  const drawnAmong = (number: number): number => 1 - (1 - Math.min(accepted.length / number, 1)) ** tries
  const miss = 1 - accepted.length / candidates
  const expectedTries = Array.from({ length: tries }, (_, earlier) => miss ** earlier).reduce((sum, each) => sum + each, 0)
  return { tries, accepted, among, chance: drawnAmong(candidates), mostChance: drawnAmong(among), expectedTries, expectedMs: expectedTries * tryMs }
}
