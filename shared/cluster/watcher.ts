import type { ClusterError } from './errors.ts'

/** What a watcher tells of one collection of objects. */
export type WatchMessage<T> =
  /** The whole collection as it is now: what is not in it is gone. */
  | { readonly type: 'snapshot'; readonly objects: readonly T[]; readonly resourceVersion: string }
  | { readonly type: 'applied'; readonly object: T }
  | { readonly type: 'deleted'; readonly object: T }
  /** The view is current again; after a snapshot at the start. */
  | { readonly type: 'connected' }
  /** The view is stale since `sinceMs` (monotonic): the last moment at which it was known to be current. */
  | { readonly type: 'disconnected'; readonly error: ClusterError; readonly sinceMs: number }

export type WatchListener<T> = (message: WatchMessage<T>) => void
