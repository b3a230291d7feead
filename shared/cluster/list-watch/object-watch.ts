import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { apiPath, subjectOf, type Resource } from '../paths.ts'
import { readWatch, type WatchEvent } from './watch-stream.ts'

/** One object, or all of its kind in a namespace. */
export interface WatchedObjects {
  readonly resource: Resource
  readonly namespace: string
  /** Absent: all of the namespace. Where given, RBAC's `resourceNames` may allow just this one. */
  readonly name?: string
}

/** What is told of a watch. */
export interface ObjectWatchListener {
  /** The server has taken the watch, for the first time or again. Aborting the watch's signal here is fine. */
  onOpen?(): void
  /** An object was written or deleted: never a bookmark. */
  onEvent(event: WatchEvent): void
}

/** The server is asked to end a watch after this long, plus as much again at random (client-go's reflector). */
const WATCH_TIMEOUT_SECONDS = 300
const OPEN_TIMEOUT_MS = 10_000
/** "Get state and start at any": what there is comes first, as `ADDED`, from the server's cache. */
const FROM_STATE = '0'

/**
 * Watches without listing first, so that `watch` is the only verb it needs and one request in five to ten minutes all
 * that it costs. Begins with what there is. A watch that ends after it has told of something, bookmarks included, is
 * opened again at once where it ended; what was deleted while that was too long ago to be told is not told.
 *
 * A server that fails to begin with what there is, is asked once more without bookmarks: a kube-apiserver since 1.31
 * needs etcd's progress notifications for both together (etcd before 3.4.31 and some substitutes have none).
 *
 * Resolves when the signal is aborted, or when the server ends a watch that has told of nothing. Rejects with a
 * ClusterError when a watch can't be opened, or breaks.
 */
export async function watchObjects(
  client: ApiClient,
  objects: WatchedObjects,
  listener: ObjectWatchListener,
  signal: AbortSignal,
): Promise<void> {
  const isAborted = (): boolean => signal.aborted
  let from = FROM_STATE
  let wantsBookmarks = true
  while (!isAborted()) {
    const openedFrom = from
    try {
      from = await watchFrom({ resourceVersion: from, wantsBookmarks }, client, objects, listener, signal)
      if (from === openedFrom) return
    } catch (error) {
      if (isAborted()) return
      if (!(error instanceof ClusterError)) throw error
      if (error.kind === 'expired' && openedFrom !== FROM_STATE) from = FROM_STATE
      else if (error.kind === 'server' && openedFrom === FROM_STATE && wantsBookmarks) wantsBookmarks = false
      else throw error
    }
  }
}

/** Returns the last version that was told. */
async function watchFrom(
  { resourceVersion, wantsBookmarks }: { readonly resourceVersion: string; readonly wantsBookmarks: boolean },
  client: ApiClient,
  { resource, namespace, name }: WatchedObjects,
  listener: ObjectWatchListener,
  signal: AbortSignal,
): Promise<string> {
  const subject = subjectOf('watch', resource, { namespace, ...(name !== undefined && { name }) })
  const stream = await client.stream({
    method: 'GET',
    path: apiPath(resource, { namespace }),
    query: {
      watch: 1,
      ...(wantsBookmarks && { allowWatchBookmarks: true }),
      resourceVersion,
      timeoutSeconds: Math.round(WATCH_TIMEOUT_SECONDS * (1 + Math.random())),
      fieldSelector: name === undefined ? undefined : `metadata.name=${name}`,
    },
    subject,
    timeoutMs: OPEN_TIMEOUT_MS,
    signal,
  })
  let last = resourceVersion
  try {
    listener.onOpen?.()
    const sink = {
      onBytes: () => undefined,
      onEvent(event: WatchEvent) {
        last = event.resourceVersion
        if (event.type !== 'BOOKMARK' && !signal.aborted) listener.onEvent(event)
      },
    }
    await readWatch(stream, { server: client.server, subject }, sink, signal)
  } finally {
    stream.close()
  }
  return last
}
