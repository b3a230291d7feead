import type { Election } from '../../lease/election.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import { electionKey, type ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/index.ts'
import type { ApiClient } from '../client.ts'
import { getElection } from './election-list.ts'
import { ClusterError } from '../errors.ts'
import { listNotices, type ElectionNotice } from './events.ts'
import { ownerOf, unknownHolder } from '../holders/holder-match.ts'
import { lookUpHolders } from '../holders/holder-lookup.ts'
import type { Holder, Owner } from '../holders/holder.ts'
import { listLeaseCandidates, type LeaseCandidate } from './lease-candidates.ts'
import { nodeFacts, type NodeFacts } from '../holders/nodes.ts'
import { followOwners } from '../holders/owners.ts'
import type { PodFacts } from '../holders/pods.ts'

/** Everything that can be found out about one election by reading. */
export interface ElectionDetails {
  readonly election: Election
  readonly holder: Holder | null
  /** The Node that the holder runs on, where it can be read. */
  readonly node: NodeFacts | null
  /** What controls the holder's Pod, from its own controller to the top. */
  readonly owners: readonly Owner[]
  /** The Pods of the holder's owner, the holder's own included: they may be candidates, too. By name. */
  readonly siblings: readonly PodFacts[]
  /** The candidates of a coordinated election. */
  readonly leaseCandidates: readonly LeaseCandidate[]
  /** Newest first. */
  readonly notices: readonly ElectionNotice[]
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
  const gaps: Advised[] = []
  const orGap = async <T>(what: string, reading: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      gaps.push(gapOf(`Cannot read ${what}`, error))
      return []
    }
  }
  const [around, notices, leaseCandidates] = await Promise.all([
    readHolder(client, clock, election, signal),
    orGap('Events', listNotices(client, clock, election, signal)),
    election.lock === 'lease' && election.category === 'election'
      ? orGap('LeaseCandidates', listLeaseCandidates(client, clock, election, signal))
      : [],
  ])
  const isCandidate = leaseCandidates.some((candidate) => candidate.name === election.record.holderIdentity)
  const holder =
    isCandidate && around.holder?.doubt === 'absent' ? unknownHolder('it is a LeaseCandidate, and no Pod has its name') : around.holder
  return { election, ...around, holder, notices, leaseCandidates, gaps: [...around.gaps, ...gaps] }
}

async function readHolder(
  client: ApiClient,
  clock: Clock,
  election: Election,
  signal: AbortSignal | undefined,
): Promise<Pick<ElectionDetails, 'holder' | 'node' | 'owners' | 'siblings' | 'gaps'>> {
  const { holders, pods, gaps } = await lookUpHolders(client, clock, [election], signal ? { signal } : {})
  const holder = holders.get(electionKey(election)) ?? null
  const pod = holder?.pod ?? null
  const [node, owners] = await Promise.all([
    holder?.node ? nodeFacts(client, holder.node, signal) : null,
    pod ? followOwners(client, pod.namespace, pod.controller, signal) : [],
  ])
  const top = owners.at(-1)
  const siblings = pod ? siblingsOf(pod, pods, election) : []
  return { holder: holder && top ? { ...holder, owner: furthest(holder.owner, top, owners) } : holder, node, owners, siblings, gaps }
}

/** What the Pod's labels say may reach further than what could be read. */
function furthest(derived: Owner | null, read: Owner, owners: readonly Owner[]): Owner {
  return owners.length > 1 || !derived ? read : derived
}

/** Static Pods have their Nodes for owners, so there the election's name has to tell. */
function siblingsOf(pod: PodFacts, pods: readonly PodFacts[], election: Election): readonly PodFacts[] {
  const owner = ownerOf(pod)
  const isSibling =
    owner === null || owner.kind === 'Node'
      ? (other: PodFacts) => other.name.startsWith(`${election.name}-`) || other === pod
      : (other: PodFacts) => {
          const its = ownerOf(other)
          return its?.kind === owner.kind && its.name === owner.name
        }
  return pods
    .filter((other) => other.namespace === pod.namespace && isSibling(other))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
