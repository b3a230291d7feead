import { isPlaceholder, leaseDurationMs, timestampMs } from '../../lease/index.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { renewalIntervalMs } from './trail.ts'
import { inSeconds, referenceTo, settingsCommand, spoken } from './wording.ts'

/** client-go's JitterFactor: the renew deadline has to be longer than the retry period by this much. */
const JITTER_FACTOR = 1.2
/** OpenShift's single-node clusters use 4.5 minutes, and nobody known uses more. */
const LONGEST_DURATION_MS = 10 * 60_000

/** Whether an election's times can work: by its record, by how often it is renewed, and by how fast the API server is. */
export function* checkTimings({ election, trail, holder }: ElectionEvidence, { apiLatencyMs }: Surroundings): Generator<Finding> {
  const { record } = election
  if (record.holderIdentity === '' || isPlaceholder(record.holderIdentity)) return
  const about = { election: referenceTo(election), command: settingsCommand(election, holder?.owner ?? null) }
  yield* times(about, record.renewTime)

  const durationMs = leaseDurationMs(record)
  if (durationMs === null) {
    yield {
      ...about,
      code: 'badDuration',
      severity: 'error',
      message: `The lease duration is ${record.leaseDurationSeconds ?? 'missing'}, so nobody can tell when to take over.`,
      evidence: { leaseDurationSeconds: record.leaseDurationSeconds },
    }
    return
  }
  const leaseDurationSeconds = inSeconds(durationMs)
  if (durationMs > LONGEST_DURATION_MS) {
    yield {
      ...about,
      code: 'durationTooLong',
      severity: 'warning',
      message: `The lease duration is ${spoken(durationMs)}: when the holder dies, nobody takes over for that long.`,
      evidence: { leaseDurationSeconds },
    }
  }
  const intervalMs = renewalIntervalMs(trail)
  if (intervalMs === null) return
  const evidence = { leaseDurationSeconds, renewalIntervalSeconds: inSeconds(intervalMs) }
  if (2 * intervalMs >= durationMs) {
    const breaksRule = JITTER_FACTOR * intervalMs >= durationMs
    yield {
      ...about,
      code: 'renewalIntervalTooLong',
      severity: breaksRule ? 'error' : 'warning',
      message:
        `It is renewed every ${spoken(intervalMs)}, and is good for ${spoken(durationMs)}: ` +
        (breaksRule
          ? 'no renew deadline fits in between, as the rule leaseDuration > renewDeadline > 1.2 × retryPeriod wants.'
          : 'one renewal that fails can be the end of a term.'),
      evidence,
    }
  } else if (apiLatencyMs !== null && 2 * (intervalMs + 2 * apiLatencyMs) >= durationMs) {
    yield {
      ...about,
      code: 'durationTooShort',
      severity: 'warning',
      message:
        `The API server takes ${spoken(apiLatencyMs)} for an answer, a renewal takes up to two, and they come every ${spoken(intervalMs)}: ` +
        `with ${spoken(durationMs)} there is no time to try again.`,
      evidence: { ...evidence, apiLatencySeconds: inSeconds(apiLatencyMs) },
    }
  }
}

function* times(about: Pick<Finding, 'election' | 'command'>, renewTime: string | null): Generator<Finding> {
  if (renewTime === null) {
    yield {
      ...about,
      code: 'neverRenewed',
      severity: 'warning',
      message: 'It has a holder, but no time of renewal: it was perhaps not written by an elector.',
      evidence: { renewTime },
    }
  } else if (timestampMs(renewTime) === null) {
    yield { ...about, code: 'badTime', severity: 'warning', message: `The time of renewal is no time: ${renewTime}`, evidence: { renewTime } }
  }
}
