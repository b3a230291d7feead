import type { ApiClient } from './client.ts'
import { ClusterError } from './errors.ts'
import { apiPath, NODES, subjectOf } from './paths.ts'
import { isConditionTrue } from './pods.ts'
import { field } from './untyped.ts'

/** What is known of a Node. */
export interface NodeFacts {
  readonly name: string
  readonly isReady: boolean
}

/** Reads a Node; null where there is none, or it can't be read. Rejects only with the signal's reason. */
export async function nodeFacts(client: ApiClient, name: string, signal?: AbortSignal): Promise<NodeFacts | null> {
  try {
    const node = await client.request({
      method: 'GET',
      path: apiPath(NODES, { name }),
      subject: subjectOf('get', NODES, { name }),
      ...(signal && { signal }),
    })
    return { name, isReady: isConditionTrue(field(node, 'status'), 'Ready') }
  } catch (error) {
    if (error instanceof ClusterError) return null
    throw error
  }
}
