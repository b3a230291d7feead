import { durationText } from '../../duration.ts'
import { JITTER_FACTOR } from '../../election/timings.ts'
import { leaderOf } from '../../lease/placeholder.ts'
import { leaseDurationMs } from '../../lease/record.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { renewalIntervalMs } from './trail.ts'
import { inSeconds, referenceTo, settingsCommand } from './wording.ts'

/** OpenShift's single-node clusters use 4.5 minutes, the longest known lease duration. */
const LONGEST_DURATION_MS = 10 * 60_000

/** Whether the timings of an election can work, by its record, its renewal interval, and the API server's response time. */
export function* checkTimings({ election, trail, holder }: ElectionEvidence, { apiLatencyMs }: Surroundings): Generator<Finding> {
  const { record } = election
  if (leaderOf(record) === '') return
  const about = { election: referenceTo(election), remedy: settingsCommand(election, holder?.owner ?? null) }
  yield* times(about, record.renewTime)

  const durationMs = leaseDurationMs(record)
  if (durationMs === null) {
    yield {
      ...about,
      code: 'badDuration',
      severity: 'error',
      message: `The lease duration is ${record.leaseDurationSeconds ?? 'missing'}, so candidates cannot tell when to take over.`,
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
      message: `The lease duration is ${durationText(durationMs)}. If the leader fails, no candidate takes over for that long.`,
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
        `The lease is renewed every ${durationText(intervalMs)}, and the lease duration is ${durationText(durationMs)}. ` +
        (breaksRule
          ? `That violates leaseDuration > renewDeadline > ${JITTER_FACTOR} × retryPeriod.`
          : 'A single failed renewal can end the term.'),
      evidence,
    }
  } else if (apiLatencyMs !== null && 2 * (intervalMs + 2 * apiLatencyMs) >= durationMs) {
    yield {
      ...about,
      code: 'durationTooShort',
      severity: 'warning',
      message:
        `The API server takes ${durationText(apiLatencyMs)} per request, and a renewal needs up to two requests every ` +
        `${durationText(intervalMs)}. A lease duration of ${durationText(durationMs)} leaves no time to retry.`,
      evidence: { ...evidence, apiLatencySeconds: inSeconds(apiLatencyMs) },
    }
  }
}

function* times(about: Pick<Finding, 'election' | 'remedy'>, renewTime: string | null): Generator<Finding> {
  if (renewTime === null) {
    yield {
      ...about,
      code: 'neverRenewed',
      severity: 'warning',
      message: 'The record has a holder but no renew time. It may not have been written by a leader election client.',
      evidence: { renewTime },
    }
  } else if (timestampMs(renewTime) === null) {
    yield { ...about, code: 'badTime', severity: 'warning', message: `The renew time is not a valid timestamp: ${renewTime}.`, evidence: { renewTime } }
  }
}
