import type { V1Node, V1ObjectMeta } from '@kubernetes/client-node'
import type { Clock } from '../../time/index.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, NODES, resourceName, subjectOf } from '../paths.ts'
import { isConditionTrue } from './pods.ts'
import { text, unchecked } from '../unchecked.ts'

/** What is known of a Node. */
export interface NodeFacts {
  readonly name: string
  readonly isReady: boolean
}

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
      const collection = { path: apiPath(NODES), subject: { resource: resourceName(NODES) }, decode: decodeNode }
      const { objects } = await listCollection(client, clock, collection, { freshness: 'cache', ...(signal && { signal }) })
      const all = new Map(objects.map((node) => [node.name, node]))
      for (const name of names) nodes.set(name, all.get(name) ?? null)
    } else {
      await Promise.all([...names].map(async (name) => nodes.set(name, await readNode(client, name, signal))))
    }
    return { nodes, gap: null }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return { nodes, gap: gapOf('Cannot read Nodes, so their readiness is unknown', error) }
  }
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
    return { name, isReady: isConditionTrue(unchecked<V1Node>(node).status, 'Ready') }
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'notFound') return null
    throw error
  }
}

function decodeNode(object: unknown): NodeFacts {
  const { metadata, status } = unchecked<V1Node>(object)
  return { name: text(unchecked<V1ObjectMeta>(metadata).name) ?? '', isReady: isConditionTrue(status, 'Ready') }
}
