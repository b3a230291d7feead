import type { ElectionDetails } from '../../cluster/elections/election-details.ts'
import { newLeaderOf } from '../../cluster/elections/leadership-events.ts'
import type { PodFacts } from '../../cluster/holders/pods.ts'
import { holderReadings } from '../../lease/holder.ts'
import { FailoverRefused } from './failover-plan.ts'

/** A longer list of candidates does not help a person. */
const MOST_NAMED = 5

/** The formats of an identity that depend only on the Pod, so that they are the same for all Pods of an owner. */
const FORMS: readonly ((pod: PodFacts, electionName: string) => string)[] = [
  ({ name }) => name,
  ({ namespace, name }) => `${namespace}/${name}`,
  ({ name, uid }) => `${name}/${uid}`,
  ({ name, uid }) => `${name}_${uid}`,
  ({ namespace, name, uid }) => `${namespace}/${name}/${uid}`,
  ({ name }, electionName) => `${name}-external-${electionName}`,
]

/**
 * The identities, other than the leader's, that something in the cluster confirms: a LeaseCandidate, an Event in which a
 * candidate reported that it became the leader (unless its Pod is gone), or another Pod of the leader's owner, if the
 * leader's own identity shows the format of theirs.
 */
export function knownCandidates({ election, holder, siblings, leaseCandidates, notices }: ElectionDetails): ReadonlySet<string> {
  const from = election.record.holderIdentity
  const owner = holder?.owner?.name
  const running = siblings.filter(mayRunCandidate)
  const isGone = (identity: string): boolean => {
    const name = holderReadings(identity, election.name)[0]?.name
    const isOfOwner = owner !== undefined && name !== undefined && name.startsWith(`${owner}-`)
    return isOfOwner && !running.some((pod) => pod.name === name)
  }
  const leaders = notices.map(({ reason, message }) => newLeaderOf(reason, message)).filter((identity) => identity !== null)
  const own = holder?.confidence === 'exact' ? holder.pod : null
  const form = own && FORMS.find((identityOf) => identityOf(own, election.name) === from)
  const known = new Set([
    ...leaseCandidates.map(({ name }) => name),
    ...leaders.filter((identity) => !isGone(identity)),
    ...(form ? running.map((pod) => form(pod, election.name)) : []),
  ])
  known.delete(from)
  return known
}

/** Whether a Pod may run a candidate: it has not ended, and is not being deleted. */
export function mayRunCandidate({ phase, deletionTimestamp }: PodFacts): boolean {
  return deletionTimestamp === null && phase !== 'Succeeded' && phase !== 'Failed'
}

/**
 * Checks the candidate to hand leadership over to. If no candidate has this identity, there is no leader until the lease
 * expires. Users often pass the name of a Pod, which is seldom the whole identity.
 *
 * @throws FailoverRefused `sameHolder`, `unknownTarget`
 */
export function checkTarget(to: string, known: ReadonlySet<string>, details: ElectionDetails): void {
  if (known.has(to)) return
  const { election, siblings, gaps } = details
  const isNamed = (identity: string): boolean => holderReadings(identity, election.name).some(({ name, isDelimited }) => isDelimited && name === to)
  const from = election.record.holderIdentity
  if (isNamed(from)) throw new FailoverRefused('sameHolder', `${to} is already the current leader, with the identity ${from}.`)
  const named = [...known].filter(isNamed)
  const others = [...known].slice(0, MOST_NAMED)
  const hint =
    named.length === 1
      ? `Did you mean ${named[0]}?`
      : siblings.some(({ name }) => name === to)
        ? `${to} is the name of a Pod. A holder identity is usually longer, and the one of this Pod is not known. Look for it in the Pod's log.`
        : others.length > 0
          ? `Known candidates: ${others.join(', ')}.`
          : ''
  const unread = gaps.find(({ message }) => message.startsWith('Cannot read Events'))?.message ?? ''
  const why = `No Pod, LeaseCandidate or Event confirms that there is a candidate with the identity "${to}".`
  throw new FailoverRefused('unknownTarget', [why, hint, unread].filter(Boolean).join(' '), { kind: 'override' })
}
