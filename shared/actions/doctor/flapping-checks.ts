import { durationText } from '../../lease/duration-text.ts'
import { isPlaceholder, timestampMs } from '../../lease/index.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding, FindingEvidence } from './finding.ts'
import type { Trail } from './trail.ts'
import { inSeconds, kubectlCommand, leaderCommand, referenceTo, someOf } from './wording.ts'

/** A rollout moves leadership once, or a few times in a row, and then no more. */
const MOST_MOVES_SEEN = 1
const RECENTLY_MS = 10 * 60_000
const MOST_MOVES_RECENTLY = 5
/** Over its whole life: more often than hourly, in what is no longer its beginning. */
const FLAPPING_INTERVAL_MS = 3_600_000
const FEWEST_TRANSITIONS = 50
/** Who has led for so many times the usual, and so long, has ended it. */
const CALM_AFTER_INTERVALS = 10
const CALM_AFTER_MS = 3_600_000

/** Whether leadership goes to and fro: as it was seen, as Events tell, or as the record's own count does. */
export function* checkFlapping(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const found = seen(evidence, around) ?? told(evidence, around) ?? counted(evidence, around)
  if (!found) return
  const { election, holder } = evidence
  yield {
    code: 'flapping',
    severity: 'warning',
    election: referenceTo(election),
    ...found,
    remedy: holder?.pod ? kubectlCommand('logs', holder.pod.namespace, [holder.pod.name], { previous: true }) : leaderCommand('watch', election),
  }
}

interface Flapping {
  readonly message: string
  readonly evidence: FindingEvidence
}

/** Who led, one after the other, as far as that was seen. */
export function leadersIn(trail: Trail): readonly string[] {
  const leaders = trail.map(({ record }) => record.holderIdentity).filter((identity) => identity !== '' && !isPlaceholder(identity))
  return leaders.filter((identity, index) => identity !== leaders[index - 1])
}

function seen({ trail }: ElectionEvidence, { observedForMs }: Surroundings): Flapping | null {
  const leaders = leadersIn(trail)
  const moves = leaders.length - 1
  if (moves <= MOST_MOVES_SEEN) return null
  return {
    message: `Leadership moved ${moves} times in ${durationText(observedForMs)}, between ${someOf([...new Set(leaders)])}.`,
    evidence: { basis: 'observed', moves, withinSeconds: inSeconds(observedForMs), holders: [...new Set(leaders)] },
  }
}

function told({ events }: ElectionEvidence, { now }: Surroundings): Flapping | null {
  const recent = events.filter(({ lastTime }) => now.wallMs - (timestampMs(lastTime) ?? -Infinity) <= RECENTLY_MS)
  // An Event that is older than that and was repeated since counts once: when the others were is not told.
  const moves = recent.reduce(
    (sum, { firstTime, count }) => sum + (now.wallMs - (timestampMs(firstTime) ?? -Infinity) <= RECENTLY_MS ? count : 1),
    0,
  )
  if (moves <= MOST_MOVES_RECENTLY) return null
  const holders = [...new Set(recent.map(({ identity }) => identity))]
  return {
    message: `Events show ${moves} transitions in the last ${durationText(RECENTLY_MS)}, by ${someOf(holders)}.`,
    evidence: { basis: 'events', moves, withinSeconds: inSeconds(RECENTLY_MS), holders },
  }
}

function counted({ election, trail }: ElectionEvidence, { now }: Surroundings): Flapping | null {
  const { leaseTransitions, acquireTime } = election.record
  const createdAtMs = timestampMs(election.creationTimestamp)
  if (createdAtMs === null || leaseTransitions < FEWEST_TRANSITIONS) return null
  const ageMs = now.wallMs - createdAtMs
  const intervalMs = ageMs / leaseTransitions
  if (!(intervalMs > 0 && intervalMs < FLAPPING_INTERVAL_MS)) return null
  const acquiredAtMs = timestampMs(acquireTime)
  if (acquiredAtMs !== null && now.wallMs - acquiredAtMs > Math.max(CALM_AFTER_INTERVALS * intervalMs, CALM_AFTER_MS)) return null
  return {
    message: `Leadership has moved ${leaseTransitions} times in ${durationText(ageMs)}, once every ${durationText(intervalMs)} on average.`,
    evidence: { basis: 'recorded', moves: leaseTransitions, withinSeconds: inSeconds(ageMs), holders: leadersIn(trail) },
  }
}
