import type { ApiClient } from '../../cluster/client.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import { listElections } from '../../cluster/elections/election-list.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { lookUpHolders, type HolderLookup } from '../../cluster/holders/holder-lookup.ts'
import { listLeadershipEvents, type LeadershipEvent } from '../../cluster/elections/leadership-events.ts'
import { lookUpNodes } from '../../cluster/holders/nodes.ts'
import type { ElectionScope } from '../../cluster/elections/scope.ts'
import { electionKey, type LockKind } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import { UNKNOWN_LEADER } from '../driven-election.ts'
import { lookUpAccounts, type HeldByPod } from './accounts.ts'
import type { ElectionEvidence } from './evidence.ts'
import { knownHoldersOf, Workloads } from './known-holders.ts'
import type { ObservedElection } from './observe-elections.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/** Evidence about elections, and what could not be read. */
export interface Collected {
  readonly evidence: readonly ElectionEvidence[]
  /** Sentences for a person. */
  readonly gaps: readonly Advised[]
}

/** Reads what belongs to elections: Pods, Nodes, Events, the other halves of multi-locks, and service accounts' permissions. */
export async function collectEvidence(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  observed: readonly ObservedElection[],
  signal?: AbortSignal,
): Promise<Collected> {
  const elections = observed.map(({ election }) => election)
  const [lookup, events, halves] = await Promise.all([
    lookUpHolders(client, clock, elections, signal ? { signal } : {}),
    readEvents(client, clock, scope, elections, signal),
    readOtherHalves(client, clock, scope, elections, signal),
  ])
  const [nodes, accounts] = await Promise.all([
    lookUpNodes(client, clock, nodesOf(lookup), signal),
    lookUpAccounts(client, heldByPods(elections, lookup), signal),
  ])
  const workloads = new Workloads(client, lookup.pods, signal)
  const evidence = await Promise.all(
    observed.map(async (each): Promise<ElectionEvidence> => {
      const key = electionKey(each.election)
      const holder = lookup.holders.get(key) ?? null
      const itsEvents = events.byElection.get(key) ?? []
      const node = nodes.nodes.get(holder?.node ?? '')
      return {
        ...each,
        holder,
        node: node === null ? 'absent' : (node ?? null),
        events: itsEvents,
        knownHolders: await knownHoldersOf(each, itsEvents, workloads),
        namesakePods: holder?.confidence === 'none' ? workloads.podsOfNamesake(each.election) : 0,
        account: accounts.accounts.get(key) ?? null,
        otherHalf: otherHalfOf(each.election, halves.elections),
      }
    }),
  )
  const gaps = [...lookup.gaps, ...events.gaps, ...halves.gaps, nodes.gap, accounts.gap].filter((gap) => gap !== null)
  return { evidence, gaps }
}

function nodesOf({ holders }: HolderLookup): ReadonlySet<string> {
  return new Set([...holders.values()].flatMap(({ kind, node }) => (kind !== 'APIServer' && node !== null ? [node] : [])))
}

/** Leaves out static Pods. They have no service account, and their programs use other credentials. */
function heldByPods(elections: readonly Election[], { holders }: HolderLookup): readonly HeldByPod[] {
  return elections.flatMap((election) => {
    const pod = holders.get(electionKey(election))?.pod
    return pod && pod.controller?.kind !== 'Node' && election.category === 'election' ? [{ election, pod }] : []
  })
}

/** With more namespaces, Events are read only if that is allowed for all namespaces at once. */
const MOST_NAMESPACES = 8

async function readEvents(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  elections: readonly Election[],
  signal: AbortSignal | undefined,
): Promise<{ readonly byElection: ReadonlyMap<string, readonly LeadershipEvent[]>; readonly gaps: readonly Advised[] }> {
  const gaps: Advised[] = []
  const read = (namespace: string | null): Promise<readonly LeadershipEvent[]> => listLeadershipEvents(client, clock, namespace, signal)
  const readAll = async (): Promise<readonly LeadershipEvent[]> => {
    const namespaces = [...new Set(elections.map(({ namespace }) => namespace))]
    if (scope.namespaces === 'all') {
      try {
        return await read(null)
      } catch (error) {
        const isForbidden = error instanceof ClusterError && error.kind === 'forbidden'
        if (!isForbidden || namespaces.length > MOST_NAMESPACES) throw error
      }
    }
    return (await Promise.all(namespaces.map(read))).flat()
  }
  const byElection = new Map<string, LeadershipEvent[]>()
  for (const event of await orGap(gaps, phrase`Cannot read Events, so earlier leader changes are unknown`, readAll())) {
    const key = electionKey(event)
    byElection.set(key, [...(byElection.get(key) ?? []), event])
  }
  return { byElection, gaps }
}

const LOCKS: readonly LockKind[] = ['lease', 'configmap', 'endpoints']

/** Elections of the same scope in other kinds of object, by kind, namespace and name. */
async function readOtherHalves(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  observed: readonly Election[],
  signal: AbortSignal | undefined,
): Promise<{ readonly elections: ReadonlyMap<string, Election>; readonly gaps: readonly Advised[] }> {
  const gaps: Advised[] = []
  const { labelSelector: _, ...rest } = scope
  const read = async (lock: LockKind): Promise<readonly Election[]> =>
    (await listElections(client, { ...rest, locks: [lock] }, { clock, ...(signal && { signal }) })).elections
  // If all observed elections are leases, do not list leases again, which are usually the longest list.
  const locks = LOCKS.filter((lock) => observed.some((election) => election.lock !== lock))
  const found = await Promise.all(
    locks.map((lock) => orGap(gaps, phrase`Cannot read elections in ${lock} objects, so multi-locks are not detected`, read(lock))),
  )
  return { elections: new Map(found.flat().map((election) => [electionKey(election), election])), gaps }
}

function otherHalfOf(election: Election, halves: ReadonlyMap<string, Election>): ElectionEvidence['otherHalf'] {
  const { namespace, name, record } = election
  if (record.holderIdentity === UNKNOWN_LEADER) return 'unknown'
  if (record.holderIdentity === '') return null
  const holdsToo = (lock: LockKind): boolean =>
    lock !== election.lock && halves.get(electionKey({ lock, namespace, name }))?.record.holderIdentity === record.holderIdentity
  return LOCKS.find(holdsToo) ?? null
}

async function orGap<T>(gaps: Advised[], what: Phrase, reading: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    gaps.push(gapOf(what, error))
    return []
  }
}
