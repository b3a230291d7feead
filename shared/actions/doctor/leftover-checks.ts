import { isPlaceholder, timestampMs } from '../../lease/index.ts'
import { HANDOVER_ANNOTATION, isHandedOver } from '../../locks/handover.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { inSeconds, kubectlCommand, leaderCommand, referenceTo, spoken } from './wording.ts'

/** What nobody has touched for so long is more likely left behind than down. */
const ABANDONED_AFTER_MS = 7 * 86_400_000

/** What this project puts on an election's object begins so. */
const OWN_ANNOTATIONS = 'leader.kubectl.dev/'

/** What was left behind: leases that nobody uses, and a failover's placeholder and marks. */
export function* checkLeftovers(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const { election } = evidence
  const about = { election: referenceTo(election) }
  const { holderIdentity } = election.record
  if (isPlaceholder(holderIdentity)) {
    yield placeholder(evidence)
    return
  }
  if (isAbandoned(evidence, around)) {
    const ageMs = untouchedForMs(evidence, around)!
    yield {
      ...about,
      code: 'abandoned',
      severity: holderIdentity === '' ? 'info' : 'warning',
      message:
        `Nobody has touched it for ${spoken(ageMs)}, going by its own times. ` +
        (holderIdentity === '' ? 'Nobody holds it: it can go if its program is gone.' : 'Its holder never released it, and nobody took over.'),
      evidence: { holderIdentity, untouchedForSeconds: inSeconds(ageMs), basis: 'recorded' },
      command: kubectlCommand('delete', election.namespace, `${election.lock}/${election.name}`),
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
    message: `A failover that is over has left ${leftover.join(' and ')} behind. Nobody goes by it any more.`,
    evidence: { annotations: leftover },
    command: kubectlCommand('annotate', election.namespace, `${election.lock}/${election.name}`, ...leftover.map((key) => `${key}-`)),
  }
}

/**
 * Whether an election was not touched for long, going by its own times, and not while it was observed either. What has
 * a Pod that still runs is not abandoned but broken.
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

function placeholder({ election, status }: ElectionEvidence): Finding {
  const { holderIdentity } = election.record
  const isLeft = status.state === 'expired' && status.basis === 'observed'
  const unchangedForSeconds = status.unchangedForMs === null ? null : inSeconds(status.unchangedForMs)
  return {
    code: isLeft ? 'leftoverPlaceholder' : 'failoverUnderWay',
    severity: isLeft ? 'error' : 'info',
    election: referenceTo(election),
    message: isLeft
      ? "A failover that did not end has left its placeholder. It has run out, nobody leads, and no candidate takes over."
      : 'A failover keeps everybody out of this election for the moment. Nobody leads until it ends, or its placeholder runs out.',
    evidence: { holderIdentity, unchangedForSeconds, basis: status.basis },
    command: isLeft ? leaderCommand('release', election) : leaderCommand('watch', election),
  }
}
