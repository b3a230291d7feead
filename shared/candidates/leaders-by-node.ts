import type { ApiClient } from '../cluster/client.ts'
import { listElections } from '../cluster/elections/election-list.ts'
import type { ElectionScope } from '../cluster/elections/scope.ts'
import { ClusterError } from '../cluster/errors.ts'
import { lookUpHolders } from '../cluster/holders/holder-lookup.ts'
import { listNodes, type NodeFacts } from '../cluster/holders/nodes.ts'
import { siblingsOf } from '../cluster/holders/siblings.ts'
import { electionKey, type ElectionRef } from '../lease/election-ref.ts'
import { gapOf, type Advised } from '../remedy.ts'
import type { Clock } from '../time/clock.ts'
import { mayRunCandidate } from './candidates-of.ts'
import { phrase } from '../phrase.ts'

/** What runs on one Node. */
export interface NodeLeaders {
  readonly name: string
  /** Null if it could not be read, or does not exist. */
  readonly node: NodeFacts | null
  /** The elections whose leaders run on it, by namespace and name. */
  readonly leaders: readonly ElectionRef[]
  /** The elections that have another Pod of the leader's owner on it, which may be a standby. */
  readonly standbys: readonly ElectionRef[]
}

/** Leaders and possible standbys by Node. */
export interface LeadersByNode {
  /** By zone and name. */
  readonly nodes: readonly NodeLeaders[]
  /** Elections whose leader's Node is not known. */
  readonly elsewhere: readonly ElectionRef[]
  readonly gaps: readonly Advised[]
}

/** Reads on which Nodes the leaders and possible standbys of elections run. @throws ClusterError if elections cannot be listed */
export async function leadersByNode(client: ApiClient, clock: Clock, scope: ElectionScope, signal: AbortSignal): Promise<LeadersByNode> {
  const gaps: Advised[] = []
  const orNone = async (reading: Promise<readonly NodeFacts[]>): Promise<readonly NodeFacts[]> => {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      gaps.push(gapOf(phrase`Cannot read Nodes, so their zones and readiness are unknown`, error))
      return []
    }
  }
  const [listing, facts] = await Promise.all([listElections(client, scope, { clock, signal }), orNone(listNodes(client, clock, signal))])
  const elections = listing.elections.filter(({ category, record }) => category === 'election' && record.holderIdentity !== '')
  const { holders, pods, gaps: unread } = await lookUpHolders(client, clock, elections, { signal })
  const leaders = new Map<string, ElectionRef[]>()
  const standbys = new Map<string, ElectionRef[]>()
  const elsewhere: ElectionRef[] = []
  for (const election of elections.toSorted((a, b) => (electionKey(a) < electionKey(b) ? -1 : 1))) {
    const { lock, namespace, name } = election
    const place = { lock, namespace, name }
    const holder = holders.get(electionKey(election)) ?? null
    const on = holder?.node ?? null
    if (on === null) elsewhere.push(place)
    else add(leaders, on, place)
    const others = holder?.pod ? siblingsOf([holder.pod], pods, election).filter((pod) => pod !== holder.pod && mayRunCandidate(pod)) : []
    for (const node of new Set(others.flatMap(({ nodeName }) => nodeName ?? []))) add(standbys, node, place)
  }
  const byName = new Map(facts.map((node) => [node.name, node]))
  const names = [...new Set([...byName.keys(), ...leaders.keys(), ...standbys.keys()])]
  const nodes = names.map((name) => ({ name, node: byName.get(name) ?? null, leaders: leaders.get(name) ?? [], standbys: standbys.get(name) ?? [] }))
  const order = ({ name, node }: NodeLeaders): string => JSON.stringify([node?.zone ?? '', name])
  const restriction = listing.restriction ? [{ message: listing.restriction.message }] : []
  return { nodes: nodes.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)), elsewhere, gaps: [...restriction, ...gaps, ...unread] }
}

function add(map: Map<string, ElectionRef[]>, node: string, place: ElectionRef): void {
  map.set(node, [...(map.get(node) ?? []), place])
}
