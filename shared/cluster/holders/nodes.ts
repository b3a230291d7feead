import type { V1Node, V1NodeSpec, V1ObjectMeta } from '@kubernetes/client-node'
import type { Clock } from '../../time/clock.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, NODES, resourceName, subjectOf } from '../paths.ts'
import { isConditionTrue } from './pods.ts'
import { strings, text, unchecked } from '../unchecked.ts'
import { phrase } from '../../phrase.ts'

/** What is known of a Node. */
export interface NodeFacts {
  readonly name: string
  readonly isReady: boolean
  /** Whether no Pod is scheduled on it any more (`kubectl cordon`). */
  readonly isCordoned: boolean
  /** The label `topology.kubernetes.io/zone`; null if it has none. */
  readonly zone: string | null
}

/** The second was in use before Kubernetes 1.17. */
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone']

/** From so many Nodes on, all are listed at once. */
const MOST_SINGLES = 8

/** What is known of some Nodes. */
export interface NodeLookup {
  /** By name; null if no Node has that name. Those that could not be read are absent. */
  readonly nodes: ReadonlyMap<string, NodeFacts | null>
  /** What could not be read, in a sentence for a person; null where all could. */
  readonly gap: Advised | null
}

/** Reads Nodes by name, or all at once if there are many. Rejects only with the signal's reason. */
export async function lookUpNodes(
  client: ApiClient,
  clock: Clock,
  names: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<NodeLookup> {
  const nodes = new Map<string, NodeFacts | null>()
  try {
    if (names.size > MOST_SINGLES) {
      const all = new Map((await listNodes(client, clock, signal)).map((node) => [node.name, node]))
      for (const name of names) nodes.set(name, all.get(name) ?? null)
    } else {
      await Promise.all([...names].map(async (name) => nodes.set(name, await readNode(client, name, signal))))
    }
    return { nodes, gap: null }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return { nodes, gap: gapOf(phrase`Cannot read Nodes, so their readiness is unknown`, error) }
  }
}

/** Lists all Nodes. Rejects with a ClusterError. */
export async function listNodes(client: ApiClient, clock: Clock, signal?: AbortSignal): Promise<readonly NodeFacts[]> {
  const collection = { path: apiPath(NODES), subject: { resource: resourceName(NODES) }, decode: decodeNode }
  return (await listCollection(client, clock, collection, { freshness: 'cache', ...(signal && { signal }) })).objects
}

/** Reads a Node; null if it does not exist or cannot be read. Rejects only with the signal's reason. */
export async function nodeFacts(client: ApiClient, name: string, signal?: AbortSignal): Promise<NodeFacts | null> {
  try {
    return await readNode(client, name, signal)
  } catch (error) {
    if (error instanceof ClusterError) return null
    throw error
  }
}

/** Null if it does not exist. Rejects with a ClusterError. */
async function readNode(client: ApiClient, name: string, signal: AbortSignal | undefined): Promise<NodeFacts | null> {
  try {
    const node = await client.request({
      method: 'GET',
      path: apiPath(NODES, { name }),
      subject: subjectOf('get', NODES, { name }),
      ...(signal && { signal }),
    })
    return { ...decodeNode(node), name }
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'notFound') return null
    throw error
  }
}

function decodeNode(object: unknown): NodeFacts {
  const { metadata: raw, spec, status } = unchecked<V1Node>(object)
  const metadata = unchecked<V1ObjectMeta>(raw)
  const labels = strings(metadata.labels)
  return {
    name: text(metadata.name) ?? '',
    isReady: isConditionTrue(status, 'Ready'),
    isCordoned: unchecked<V1NodeSpec>(spec).unschedulable === true,
    zone: ZONE_LABELS.map((label) => labels[label]).find((zone) => zone !== undefined) ?? null,
  }
}
