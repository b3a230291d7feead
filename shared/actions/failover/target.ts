import type { Candidate } from '../../candidates/candidate.ts'
import type { ElectionDetails } from '../../cluster/elections/election-details.ts'
import { leaderCommand } from '../doctor/wording.ts'
import { holderReadings } from '../../lease/holder.ts'
import { FailoverRefused } from './failover-plan.ts'
import { phrase, verbatim, type Phrase } from '../../phrase.ts'

/** A longer list of candidates does not help a person. */
const MOST_NAMED = 5

/**
 * Finds the candidate to hand leadership over to, by its identity, as `pod/NAME`, or by the bare name of its Pod. Its own
 * identity may not be known.
 *
 * If no candidate has an identity that is handed over to, there is no leader until the lease expires. So a candidate that
 * nothing confirms is refused.
 *
 * @throws FailoverRefused `sameHolder`, `unknownTarget`
 */
export function findTarget(to: string, candidates: readonly Candidate[], details: ElectionDetails): Candidate {
  const { election, gaps } = details
  const exact = candidates.find(({ identity }) => identity === to)
  if (exact && !exact.isLeader) return exact
  const named = candidates.filter((candidate) => isNamed(candidate, podNameOf(to) ?? to, election.name))
  const leader = [exact, ...named].find((candidate) => candidate?.isLeader)
  if (leader) throw new FailoverRefused('sameHolder', `${to} is already the current leader, with the identity ${leader.identity!}.`)
  const [only, ...more] = named
  if (only && more.length === 0) return only
  const unread = gaps.map(({ message, phrase: said }) => said ?? verbatim(message))
  if (only) {
    const identities = named.map(({ identity }) => identity).join(', ')
    throw new FailoverRefused('unknownTarget', phrase`${to} matches ${named.length} candidates: ${identities}. Pass its holder identity instead.`)
  }
  const others = candidates.filter(({ isLeader, identity }) => !isLeader && identity !== null).map(({ identity }) => identity!)
  const pod = podNameOf(to)
  const why =
    pod === null
      ? phrase`No Pod, LeaseCandidate or Event confirms that there is a candidate with the identity "${to}".`
      : phrase`No Pod, LeaseCandidate or Event confirms that there is a candidate in the Pod "${pod}".`
  const hint = others.length > 0 ? [phrase`Known candidates: ${others.slice(0, MOST_NAMED).join(', ')}.`] : []
  const remedy = { kind: 'chooseCandidate', command: leaderCommand('candidates', election).command, canOverride: pod === null } as const
  throw new FailoverRefused('unknownTarget', sentences([why, ...hint, ...unread]), remedy)
}

/** The identity of a candidate that leadership is handed over to. @throws FailoverRefused `unknownTarget` */
export function identityOf({ identity, unknown, pod }: Candidate, { noticesGap }: ElectionDetails): string {
  if (identity !== null) return identity
  const why =
    unknown === 'restarted'
      ? phrase`One of its containers has started or stopped since the Event that contains its identity.`
      : phrase`No Event contains it: a client-go candidate publishes its identity only when it leads, and the API server deletes Events after a while.`
  throw new FailoverRefused(
    'unknownTarget',
    sentences([
      phrase`The holder identity of the candidate in the Pod ${pod!.name} is not known, and a lease can only be handed over to an identity.`,
      why,
      phrase`The identity becomes known when the candidate has led after the start of its container. kubectl-leader candidates announce it, if they may create Events.`,
      ...(noticesGap?.phrase ? [noticesGap.phrase] : []),
    ]),
    { kind: 'draw' },
  )
}

/** The name in `pod/NAME`; null for anything else. */
export function podNameOf(to: string): string | null {
  return /^pods?\/([^/]+)$/.exec(to)?.[1] ?? null
}

function isNamed({ pod, identity }: Candidate, name: string, electionName: string): boolean {
  if (pod !== null) return pod.name === name
  return identity !== null && holderReadings(identity, electionName).some((reading) => reading.isDelimited && reading.name === name)
}

function sentences(all: readonly Phrase[]): Phrase {
  return all.reduce((said, next) => phrase`${said} ${next}`)
}
