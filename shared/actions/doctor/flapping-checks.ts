import { durationText } from '../../duration.ts'
import { leaderOf } from '../../lease/placeholder.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding, FindingEvidence } from './finding.ts'
import type { Trail } from './trail.ts'
import { inSeconds, kubectlCommand, leaderCommand, referenceTo, someOf } from './wording.ts'

/** A rollout moves leadership once, or a few times in a row, and then no more. */
const MOST_MOVES_SEEN = 1
const RECENTLY_MS = 10 * 60_000
const MOST_MOVES_RECENTLY = 5
/** Over the whole life of a lease: more than one transition per hour, and not only at its beginning. */
const FLAPPING_INTERVAL_MS = 3_600_000
const FEWEST_TRANSITIONS = 50
/** Flapping is over if the present leader has led for this many times the average interval, and for this long. */
const CALM_AFTER_INTERVALS = 10
const CALM_AFTER_MS = 3_600_000

/** Whether leadership moves too often: as observed, by Events, or by the record's own count. */
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

/** The observed leaders, in order. */
export function leadersIn(trail: Trail): readonly string[] {
  const leaders = trail.map(({ record }) => leaderOf(record)).filter((identity) => identity !== '')
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
  // An older Event that was repeated since counts once, because the times of the other repetitions are not known.
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
