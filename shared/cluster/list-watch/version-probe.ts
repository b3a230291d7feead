import type { ApiClient } from '../client.ts'
import { firstObjectRequest, type Collection } from './collection.ts'
import { ClusterError } from '../errors.ts'
import { compareVersions } from './resource-version.ts'

/** How the version that the server has compares to one that was seen. */
export type ProbeAnswer =
  /** Nothing in the whole cluster has changed since. */
  | 'same'
  /** Something has, perhaps elsewhere. */
  | 'moved'
  /** The server's history ends before it: some was lost. */
  | 'reset'
  /** The server lives, but asks to come back later, and has proven nothing. */
  | 'busy'

/** What {@link probeVersion} found. */
export interface VersionProbe {
  readonly answer: ProbeAnswer
  /** How far the server has come; null where it does not say. */
  readonly version: string | null
}

const TIMEOUT_MS = 5_000

/**
 * Asks the API server how far a collection has come, which it reads from etcd. So an answer proves that both are
 * there. Rejects with a ClusterError.
 *
 * @param seen the version to compare to; null is older than any
 */
export async function probeVersion(
  client: ApiClient,
  collection: Collection<unknown>,
  seen: string | null,
  signal: AbortSignal,
): Promise<VersionProbe> {
  let version: unknown
  try {
    version = await readVersion(client, collection, signal)
  } catch (error) {
    if (!(error instanceof ClusterError) || signal.aborted) throw error
    if (error.kind === 'tooManyRequests') return { answer: 'busy', version: null }
    // An idle connection that was lost unnoticed looks like this too: once more, on a new one.
    if (error.kind !== 'unreachable') throw error
    version = await readVersion(client, collection, signal)
  }
  if (typeof version !== 'string') return { answer: 'moved', version: null }
  const order = seen === null ? null : compareVersions(version, seen)
  return { answer: order === null || order > 0 ? 'moved' : order < 0 ? 'reset' : 'same', version }
}

async function readVersion(client: ApiClient, collection: Collection<unknown>, signal: AbortSignal): Promise<unknown> {
  const list = await client.request<{ metadata?: { resourceVersion?: unknown } } | null>({
    ...firstObjectRequest(collection),
    timeoutMs: TIMEOUT_MS,
    signal,
  })
  return list?.metadata?.resourceVersion
}
