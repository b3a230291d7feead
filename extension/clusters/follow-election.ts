import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import { untilReconnectDue } from '../../shared/cluster/list-watch/reconnect-due.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { Clock } from '../../shared/time/clock.ts'

/** Which election to follow, and how to reach it. */
export interface FollowedElection extends ElectionRef {
  /** Connects. The follower does not close the connection. `dead` is a connection that must not be returned again. */
  readonly connect: (dead: ApiClient | null) => Promise<ApiClient>
}

export interface FollowListener {
  /** A watch begins. The store is still empty, so that no reading is missed. */
  readonly onStore: (store: ElectionStore) => void
  /** The store has the first complete picture: empty if the election does not exist. */
  readonly onReady?: (store: ElectionStore, server: string) => void
  /** The watch has ended. */
  readonly onEnd?: () => void
  readonly onFailure?: (error: unknown) => void
}

const RETRY_MS = 5_000

/** Watches one election, with a watch of that one object, and reconnects until the signal is aborted. Does not reject. */
export async function followElection(target: FollowedElection, clock: Clock, listener: FollowListener, signal: AbortSignal): Promise<void> {
  /** The last connection, on which the watch failed; null before the first one. */
  let dead: ApiClient | null = null
  for (;;) {
    const over = new AbortController()
    try {
      const client: ApiClient = await target.connect(dead)
      dead = client
      const scope = { locks: [target.lock], namespaces: [target.namespace], names: [target.name] }
      const feed = watchElections(client, clock, scope, AbortSignal.any([signal, over.signal]))
      listener.onStore(feed.store)
      await feed.ready
      listener.onReady?.(feed.store, client.server)
      await untilReconnectDue(feed.store, clock, signal)
    } catch (error) {
      if (signal.aborted) return
      listener.onFailure?.(error)
      await clock.sleep(RETRY_MS, signal).catch(() => {})
    } finally {
      listener.onEnd?.()
      over.abort()
    }
  }
}
