import { durationText } from '../../duration.ts'
import { leaderOf } from '../../lease/placeholder.ts'
import { LATE_AFTER } from '../../lease/status.ts'
import { leaseDurationMs } from '../../lease/record.ts'
import { isAbandoned } from './leftover-checks.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { longestGapMs } from './trail.ts'
import { canRestart, inSeconds, kubectlCommand, leaderCommand, referenceTo, settingsCommand } from './wording.ts'

/** Whether the leader renews its lease, and in time. */
export function* checkRenewals(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const { record } = evidence.election
  const durationMs = leaseDurationMs(record)
  if (leaderOf(record) === '' || durationMs === null) return
  if (!isAbandoned(evidence, around)) yield* missing(evidence, around, durationMs)
  yield* late(evidence, durationMs)
}

/** Whether a node or an API server still renews its lease. These leases must not be moved or released. */
export function* checkHeartbeat(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const durationMs = leaseDurationMs(evidence.election.record)
  if (evidence.election.record.holderIdentity !== '' && durationMs !== null) yield* missing(evidence, around, durationMs)
}

function* missing(evidence: ElectionEvidence, { now, observedForMs }: Surroundings, durationMs: number): Generator<Finding> {
  const { election, status, holder, observation } = evidence
  const { state, basis, unchangedForMs } = status
  const watchedForMs = now.monotonicMs - observation.changedAtMs
  const isLate = state !== 'unknown' && watchedForMs >= durationMs * LATE_AFTER
  if (unchangedForMs === null || (state !== 'expired' && !isLate)) return
  const about = { election: referenceTo(election) }
  const facts = {
    holderIdentity: election.record.holderIdentity,
    renewTime: election.record.renewTime,
    basis,
    unchangedForSeconds: inSeconds(unchangedForMs),
    leaseDurationSeconds: inSeconds(durationMs),
    observedForSeconds: inSeconds(observedForMs),
  }
  if (state === 'expired' && basis === 'observed') {
    const owner = holder?.owner ?? null
    yield {
      ...about,
      code: 'expired',
      severity: 'error',
      message:
        `The lease was not renewed for ${durationText(unchangedForMs)} (lease duration ${durationText(durationMs)}). ` +
        (election.category === 'election' ? 'There is no leader, and no candidate has taken over.' : 'Its holder is gone.'),
      evidence: facts,
      remedy: canRestart(owner)
        ? kubectlCommand('rollout restart', election.namespace, [`${owner.kind.toLowerCase()}/${owner.name}`])
        : leaderCommand('describe', election),
    }
    return
  }
  const how =
    isLate
      ? `No renewal was observed for ${durationText(watchedForMs)} (lease duration ${durationText(durationMs)}).`
      : `No renewal was observed in ${durationText(observedForMs)}. According to the holder's clock, the lease was renewed ` +
        `${durationText(unchangedForMs)} ago (lease duration ${durationText(durationMs)}).`
  yield { ...about, code: 'noRenewals', severity: 'warning', message: how, evidence: facts, remedy: leaderCommand('watch', election) }
}

function* late({ election, trail, holder }: ElectionEvidence, durationMs: number): Generator<Finding> {
  const gapMs = longestGapMs(trail)
  if (gapMs === null || gapMs < durationMs * LATE_AFTER) return
  const facts = {
    holderIdentity: election.record.holderIdentity,
    longestGapSeconds: inSeconds(gapMs),
    leaseDurationSeconds: inSeconds(durationMs),
    marginSeconds: inSeconds(durationMs - gapMs),
  }
  const about = { election: referenceTo(election), evidence: facts }
  if (gapMs < durationMs) {
    yield {
      ...about,
      code: 'lateRenewals',
      severity: 'warning',
      message: `Late renewal after ${durationText(gapMs)}, ${durationText(durationMs - gapMs)} before other candidates could have taken over.`,
      remedy: holder?.pod ? kubectlCommand('logs', holder.pod.namespace, [holder.pod.name]) : leaderCommand('watch', election),
    }
    return
  }
  yield {
    ...about,
    code: 'renewedAfterExpiry',
    severity: 'error',
    message:
      `The holder renewed after ${durationText(gapMs)}, although the lease duration is ${durationText(durationMs)}, and kept leading. ` +
      'Another candidate could have become the leader. Either its renew deadline is not shorter than the lease duration, ' +
      'or its process was paused.',
    remedy: settingsCommand(election, holder?.owner ?? null),
  }
}
