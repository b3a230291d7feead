import type { ApiClient } from '../../cluster/client.ts'
import { LEADER_FAILOVER } from '../../cluster/elections/leadership-events.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { listNodes, type NodeFacts } from '../../cluster/holders/nodes.ts'
import { listCollection } from '../../cluster/list-watch/list.ts'
import { apiPath, EVENTS, resourceName } from '../../cluster/paths.ts'
import { field, text } from '../../cluster/unchecked.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import type { Clock } from '../../time/clock.ts'
import { NoSuchNode, type Exclusion, type ManyRequest } from './many-plan.ts'
import { phrase } from '../../phrase.ts'

/** Which Nodes are selected, and which are no place for a new leader. */
export interface NodeSelection {
  /** Null if no Node or zone is selected. */
  readonly selected: ReadonlySet<string> | null
  readonly excluded: ReadonlyMap<string, Exclusion>
  readonly gaps: readonly Advised[]
}

const EMPTYING = 'emptying node '

/** The reason to record in the Events of a failover, by which later ones know that a Node was emptied. */
export function emptyingReason(nodes: readonly string[], reason: string | undefined): string | undefined {
  return nodes.length === 0 ? reason : [...nodes.map((node) => `${EMPTYING}${node}`), ...(reason ? [reason] : [])].join(', ')
}

/** @throws NoSuchNode; ClusterError if a zone is selected and Nodes cannot be read */
export async function selectNodes(client: ApiClient, clock: Clock, { onNodes, inZones }: ManyRequest, signal?: AbortSignal): Promise<NodeSelection> {
  const gaps: Advised[] = []
  let nodes: readonly NodeFacts[] = []
  try {
    nodes = await listNodes(client, clock, signal)
    for (const name of onNodes) {
      if (!nodes.some((node) => node.name === name)) throw new NoSuchNode(`There is no node "${name}".`)
    }
    for (const zone of inZones) {
      if (!nodes.some((node) => node.zone === zone)) throw new NoSuchNode(`No node is labeled with the zone "${zone}".`)
    }
  } catch (error) {
    if (!(error instanceof ClusterError) || inZones.length > 0) throw error
    gaps.push(gapOf(phrase`Cannot read Nodes, so their readiness is unknown`, error))
  }
  const selected = new Set([...onNodes, ...nodes.filter(({ zone }) => zone !== null && inZones.includes(zone)).map(({ name }) => name)])
  const excluded = new Map<string, Exclusion>()
  for (const name of await emptiedNodes(client, clock, gaps, signal)) excluded.set(name, 'emptied')
  for (const { name, isCordoned, isReady } of nodes) {
    if (!isReady) excluded.set(name, 'notReady')
    else if (isCordoned) excluded.set(name, 'cordoned')
  }
  for (const name of selected) excluded.set(name, 'selected')
  return { selected: onNodes.length + inZones.length === 0 ? null : selected, excluded, gaps }
}

/** The Nodes that failovers have emptied, as far as the API server still has the Events about it. */
async function emptiedNodes(client: ApiClient, clock: Clock, gaps: Advised[], signal: AbortSignal | undefined): Promise<readonly string[]> {
  const decode = (event: unknown): readonly string[] => {
    const message = text(field(event, 'message')) ?? ''
    const isOurs = text(field(field(event, 'source'), 'component')) === 'kubectl-leader'
    return isOurs ? [...message.matchAll(/\bemptying node ([^\s,]+)/g)].map(([, name]) => name!) : []
  }
  try {
    const collection = { path: apiPath(EVENTS), subject: { resource: resourceName(EVENTS) }, fieldSelector: `reason=${LEADER_FAILOVER}`, decode }
    const { objects } = await listCollection(client, clock, collection, { freshness: 'cache', ...(signal && { signal }) })
    return objects.flat()
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    gaps.push(gapOf(phrase`Cannot read Events, so it is not known which nodes were emptied before`, error))
    return []
  }
}
