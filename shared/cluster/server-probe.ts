import type { Clock } from '../time/clock.ts'
import type { ApiClient } from './client.ts'
import { firstObjectRequest, type Collection } from './list-watch/collection.ts'

/** What one small request tells of the API server. */
export interface ServerProbe {
  /** Milliseconds from the request to the answer's beginning. */
  readonly latencyMs: number
  /**
   * By how many milliseconds this machine's wall clock is ahead of the server's, give or take half a second and half of
   * the latency; null where the server does not tell its time.
   */
  readonly aheadOfServerMs: number | null
}

const TIMEOUT_MS = 30_000
/** A `Date` is cut to whole seconds: on average so much is missing. */
const MEAN_CUT_MS = 500

/** Asks for the first object of a collection, which the server reads from etcd. Rejects with a ClusterError. */
export async function probeServer(
  client: ApiClient,
  clock: Clock,
  collection: Collection<unknown>,
  signal?: AbortSignal,
): Promise<ServerProbe> {
  const sentAtMs = clock.monotonicMs()
  const sentAtWallMs = clock.wallMs()
  const stream = await client.stream({
    ...firstObjectRequest(collection),
    timeoutMs: TIMEOUT_MS,
    ...(signal && { signal }),
  })
  const latencyMs = clock.monotonicMs() - sentAtMs
  try {
    // What was read to its end leaves the connection open for the next request.
    for await (const _ of stream.chunks) continue
  } finally {
    stream.close()
  }
  const serverMs = Date.parse(stream.date ?? '')
  return {
    latencyMs,
    aheadOfServerMs: Number.isNaN(serverMs) ? null : sentAtWallMs + latencyMs / 2 - (serverMs + MEAN_CUT_MS),
  }
}
