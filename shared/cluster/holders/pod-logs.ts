import type { ApiClient, ApiStream } from '../client.ts'
import { apiPath, PODS, subjectOf } from '../paths.ts'

/** Which part of a container's log is wanted (core/v1 `PodLogOptions`). Times are judged by the kubelet's clock. */
export interface PodLogQuery {
  readonly container: string
  /** Whether to go on with what the container writes, until it ends. */
  readonly isFollowed?: boolean
  /** The log of the run before the present one. */
  readonly isPrevious?: boolean
  /** Only so many of the last lines. */
  readonly tailLines?: number
  /** Only lines of the last so many seconds; a whole number above 0. */
  readonly sinceSeconds?: number
  /** Only lines from this time on: RFC 3339. The API server leaves out what is finer than a second. */
  readonly sinceTime?: string
}

/** How long to wait for the head of the answer: the API server asks the kubelet first. */
const OPEN_TIMEOUT_MS = 30_000
/** Of a log that is followed, the kubelet sends the head with the first line, whenever there is one. */
const NO_TIMEOUT_MS = 0

/**
 * Opens a container's log, each line with its time in front. It needs `get pods/log`.
 *
 * Rejects with a ClusterError: `notFound` where there is no such Pod, `invalid` where the container has not started,
 * `server` where the kubelet can't be reached.
 */
export function openPodLog(
  client: ApiClient,
  place: { readonly namespace: string; readonly name: string },
  query: PodLogQuery,
  signal: AbortSignal,
): Promise<ApiStream> {
  const { container, isFollowed, isPrevious, tailLines, sinceSeconds, sinceTime } = query
  const log = { ...place, subresource: 'log' }
  return client.stream({
    method: 'GET',
    path: apiPath(PODS, log),
    query: {
      container,
      timestamps: true,
      ...(isFollowed && { follow: true }),
      ...(isPrevious && { previous: true }),
      tailLines,
      sinceSeconds,
      sinceTime,
    },
    accept: '*/*',
    subject: subjectOf('get', PODS, log),
    timeoutMs: isFollowed ? NO_TIMEOUT_MS : OPEN_TIMEOUT_MS,
    signal,
  })
}
