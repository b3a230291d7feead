import { durationText } from '../../duration.ts'
import { isBlock, isBlocking } from '../../lease/placeholder.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import { HANDOVER_ANNOTATION, isHandedOver } from '../../locks/handover.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { inSeconds, kubectlCommand, leaderCommand, referenceTo } from './wording.ts'

/** A lease that was not changed for this long is more likely left behind than failing. */
const ABANDONED_AFTER_MS = 7 * 86_400_000

/** Prefix of all annotations of this project. */
const OWN_ANNOTATIONS = 'leader.kubectl.dev/'

/** Finds what was left behind: unused leases, and the placeholder and annotations of a failover. */
export function* checkLeftovers(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const { election } = evidence
  const about = { election: referenceTo(election) }
  const { holderIdentity } = election.record
  if (isBlocking(holderIdentity)) {
    yield blocked(evidence)
    return
  }
  if (isAbandoned(evidence, around)) {
    const ageMs = untouchedForMs(evidence, around)!
    yield {
      ...about,
      code: 'abandoned',
      severity: holderIdentity === '' ? 'info' : 'warning',
      message:
        `The record has not changed for ${durationText(ageMs)}, according to its own timestamps. ` +
        (holderIdentity === '' ? 'It has no holder. If its program is gone, you can delete it.' : 'Its holder never released it, and no candidate took over.'),
      evidence: { holderIdentity, untouchedForSeconds: inSeconds(ageMs), basis: 'recorded' },
      remedy: kubectlCommand('delete', election.namespace, [`${election.lock}/${election.name}`]),
    }
  }
  const leftover = Object.keys(election.annotations).filter(
    (key) =>
      key.startsWith(OWN_ANNOTATIONS) &&
      !(key === HANDOVER_ANNOTATION && isHandedOver(election.annotations[key], election.record)),
  )
  if (leftover.length === 0) return
  yield {
    ...about,
    code: 'leftoverAnnotation',
    severity: 'info',
    message: `A finished failover left ${leftover.join(' and ')} behind. ${leftover.length === 1 ? 'The annotation is' : 'The annotations are'} no longer used.`,
    evidence: { annotations: leftover },
    remedy: kubectlCommand('annotate', election.namespace, [`${election.lock}/${election.name}`, ...leftover.map((key) => `${key}-`)]),
  }
}

/**
 * Whether a lease has not changed for long, according to its own timestamps, and did not change while it was observed. If
 * its holder's Pod exists, the election is broken rather than abandoned.
 */
export function isAbandoned(evidence: ElectionEvidence, around: Surroundings): boolean {
  const { observation, holder } = evidence
  if (observation.hasSeenChange || holder?.pod) return false
  return (untouchedForMs(evidence, around) ?? 0) >= ABANDONED_AFTER_MS
}

function untouchedForMs({ election }: ElectionEvidence, { now }: Surroundings): number | null {
  const lastMs = timestampMs(election.record.renewTime) ?? timestampMs(election.record.acquireTime) ?? timestampMs(election.creationTimestamp)
  return lastMs === null ? null : now.wallMs - lastMs
}

function blocked({ election, status }: ElectionEvidence): Finding {
  const { holderIdentity } = election.record
  const isLeft = status.state === 'expired' && status.basis === 'observed'
  const unchangedForSeconds = status.unchangedForMs === null ? null : inSeconds(status.unchangedForMs)
  const isForMaintenance = isBlock(holderIdentity)
  const [left, underWay] = isForMaintenance
    ? ['A block for maintenance was killed. Its lease', 'This election is blocked for maintenance: see its Events. There is no leader until the block ends or its lease expires.']
    : ['An interrupted failover left its placeholder behind. The placeholder', 'A failover is blocking this election. There is no leader until the failover ends or its placeholder expires.']
  return {
    code: isLeft ? 'leftoverPlaceholder' : isForMaintenance ? 'blockUnderWay' : 'failoverUnderWay',
    severity: isLeft ? 'error' : 'info',
    election: referenceTo(election),
    message: isLeft ? `${left} has expired, but no candidate has taken over. There is no leader.` : underWay,
    evidence: { holderIdentity, unchangedForSeconds, basis: status.basis },
    remedy: isLeft ? leaderCommand('release', election) : leaderCommand('watch', election),
  }
}
