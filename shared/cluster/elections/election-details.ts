import type { Election } from '../../lease/election.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import { electionKey, type ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { getElection } from './election-list.ts'
import { ClusterError } from '../errors.ts'
import { listNotices, type ElectionNotice } from './events.ts'
import { announcedBy, newLeaderOf } from './leadership-events.ts'
import { HolderMatcher, unknownHolder } from '../holders/holder-match.ts'
import { lookUpHolders } from '../holders/holder-lookup.ts'
import type { Holder, Owner } from '../holders/holder.ts'
import { listLeaseCandidates, type LeaseCandidate } from './lease-candidates.ts'
import { lookUpNodes, nodeFacts, type NodeFacts } from '../holders/nodes.ts'
import { followOwners } from '../holders/owners.ts'
import type { PodFacts } from '../holders/pods.ts'
import { siblingsOf } from '../holders/siblings.ts'
import { phrase } from '../../phrase.ts'

/** Everything that can be found out about one election by reading. */
export interface ElectionDetails {
  readonly election: Election
  readonly holder: Holder | null
  /** The Node that the holder runs on, where it can be read. */
  readonly node: NodeFacts | null
  /** What controls the holder's Pod, from its own controller to the top. */
  readonly owners: readonly Owner[]
  /**
   * The Pods of the holder's owner, the holder's own included: they may be candidates, too. The same of the owners of those
   * that Events name as candidates. By name.
   */
  readonly siblings: readonly PodFacts[]
  /** The Nodes of these Pods, by name; null if no Node has that name. Those that could not be read are absent. */
  readonly nodes: ReadonlyMap<string, NodeFacts | null>
  /** Finds out which Pod an identity belongs to, among those that were read. @param at when it was in use; RFC 3339 */
  readonly podOf: (identity: string, at: string | null) => PodFacts | null
  /** The candidates of a coordinated election. */
  readonly leaseCandidates: readonly LeaseCandidate[]
  /** Newest first. */
  readonly notices: readonly ElectionNotice[]
  /** Why Events could not be read; null if they were. */
  readonly noticesGap: Advised | null
  /** What could not be read, in sentences for a person. */
  readonly gaps: readonly Advised[]
}

/** Reads an election and all that belongs to it. Rejects with a ClusterError only where the election can't be read. */
export async function readElectionDetails(
  client: ApiClient,
  clock: Clock,
  { lock, namespace, name }: ElectionRef,
  signal?: AbortSignal,
): Promise<ElectionDetails> {
  const election = await getElection(client, lock, namespace, name, signal)
  const orGap = async <T>(what: string, reading: Promise<readonly T[]>): Promise<readonly [readonly T[], Advised | null]> => {
    try {
      return [await reading, null]
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      return [[], gapOf(phrase`Cannot read ${what}`, error)]
    }
  }
  const [around, [notices, noticesGap], [leaseCandidates, leaseCandidatesGap]] = await Promise.all([
    readHolder(client, clock, election, signal),
    orGap('Events', listNotices(client, clock, election, signal)),
    election.lock === 'lease' && election.category === 'election'
      ? orGap('LeaseCandidates', listLeaseCandidates(client, clock, election, signal))
      : ([[], null] as const),
  ])
  const { pods, ...found } = around
  const isCandidate = leaseCandidates.some((candidate) => candidate.name === election.record.holderIdentity)
  const holder =
    isCandidate && found.holder?.doubt === 'absent' ? unknownHolder(phrase`it is a LeaseCandidate, and no Pod has its name`) : found.holder
  const podOf = podFinder(pods, election)
  const named = notices.map((notice) => {
    const identity = newLeaderOf(notice.reason, notice.message) ?? announcedBy(notice.reason, notice.message)
    return identity === null ? null : podOf(identity, notice.lastTime)
  })
  const siblings = siblingsOf([holder?.pod ?? null, ...named].filter((pod) => pod !== null), pods, election)
  const nodeNames = new Set(siblings.flatMap(({ nodeName }) => nodeName ?? []))
  const { nodes, gap } = await lookUpNodes(client, clock, nodeNames, signal)
  const gaps = [...found.gaps, noticesGap, leaseCandidatesGap, gap].filter((each) => each !== null)
  return { election, ...found, holder, siblings, nodes, podOf, notices, leaseCandidates, noticesGap, gaps }
}

/** Matches identities with Pods. A Pod that is younger than the use of the identity has another one. */
function podFinder(pods: readonly PodFacts[], election: Election): ElectionDetails['podOf'] {
  const matcher = new HolderMatcher({ pods, nodes: new Set() })
  return (identity, at) => {
    const record = { ...election.record, holderIdentity: identity, acquireTime: at, renewTime: at }
    const holder = matcher.match({ ...election, record })
    return holder?.doubt === 'younger' ? null : (holder?.pod ?? null)
  }
}

async function readHolder(
  client: ApiClient,
  clock: Clock,
  election: Election,
  signal: AbortSignal | undefined,
): Promise<Pick<ElectionDetails, 'holder' | 'node' | 'owners' | 'gaps'> & { readonly pods: readonly PodFacts[] }> {
  const { holders, pods, gaps } = await lookUpHolders(client, clock, [election], { readsAllPods: true, ...(signal && { signal }) })
  const holder = holders.get(electionKey(election)) ?? null
  const pod = holder?.pod ?? null
  const [node, owners] = await Promise.all([
    holder?.node ? nodeFacts(client, holder.node, signal) : null,
    pod ? followOwners(client, pod.namespace, pod.controller, signal) : [],
  ])
  const top = owners.at(-1)
  return { holder: holder && top ? { ...holder, owner: furthest(holder.owner, top, owners) } : holder, node, owners, pods, gaps }
}

/** What the Pod's labels say may reach further than what could be read. */
function furthest(derived: Owner | null, read: Owner, owners: readonly Owner[]): Owner {
  return owners.length > 1 || !derived ? read : derived
}
