import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, NAMESPACES, resourceName } from '../paths.ts'
import type { Restriction } from './scope.ts'
import { phrase } from '../../phrase.ts'
import { told } from '../../remedy.ts'

/** How many namespaces are asked at a time. */
const AT_A_TIME = 8

/**
 * The namespaces there may be something to read in, where reading across all of them is forbidden: all that exist, or,
 * where listing namespaces is forbidden too, those that the kubeconfig names for this cluster and user.
 */
export async function candidateNamespaces(
  client: ApiClient,
  clock: Clock,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { objects } = await listCollection(
      client,
      clock,
      {
        path: apiPath(NAMESPACES),
        subject: { resource: resourceName(NAMESPACES) },
        isMetadataEnough: true,
        decode: (object) => (object as { metadata?: { name?: string } } | null)?.metadata?.name ?? null,
      },
      { freshness: 'cache', ...(signal && { signal }) },
    )
    return objects
  } catch (error) {
    if (!isForbidden(error)) throw error
    return [...new Set([client.namespace, ...client.knownNamespaces])]
  }
}

/**
 * Reads namespace by namespace, some at a time; leaves out those where it is forbidden. Where it is forbidden in all of
 * them, rejects with `refusal`.
 * @returns What was read, by namespace, in the order given.
 */
export async function readEach<R>(
  namespaces: readonly string[],
  refusal: ClusterError,
  read: (namespace: string) => Promise<R>,
): Promise<ReadonlyMap<string, R>> {
  const results = new Map<string, R>()
  const queue = namespaces.values()
  const work = async (): Promise<void> => {
    for (const namespace of queue) {
      try {
        results.set(namespace, await read(namespace))
      } catch (error) {
        if (!isForbidden(error)) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  if (results.size === 0) throw refusal
  return new Map(namespaces.flatMap((name) => (results.has(name) ? [[name, results.get(name)!]] : [])))
}

export function isForbidden(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.kind === 'forbidden'
}

/** What to say where only some namespaces are read instead of all. */
export function restrictedTo(namespaces: readonly string[], resources: readonly string[]): Restriction {
  const what = resources.join(' and ')
  const [first] = namespaces
  const where = namespaces.length === 1 ? phrase`namespace ${first!}` : phrase`${namespaces.length} namespaces`
  return { namespaces, ...told(phrase`You are not allowed to list ${what} in all namespaces. Showing only ${where}.`) }
}
