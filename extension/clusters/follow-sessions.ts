import type { ClusterSession } from './cluster-session.ts'
import type { Clusters } from './clusters.ts'

/**
 * Calls `follow` for each context that is shown, also for those that are shown later; and what that returned, when the
 * context is no longer shown. Returns a function that ends this.
 */
export function followSessions(clusters: Pick<Clusters, 'sessions' | 'onChange'>, follow: (session: ClusterSession) => () => void): () => void {
  const followed = new Map<ClusterSession, () => void>()
  const update = (): void => {
    for (const [session, end] of followed) {
      if (clusters.sessions.includes(session)) continue
      followed.delete(session)
      end()
    }
    for (const session of clusters.sessions) if (!followed.has(session)) followed.set(session, follow(session))
  }
  const stop = clusters.onChange(update)
  update()
  return () => {
    stop()
    for (const end of followed.values()) end()
  }
}

/** Does something with contexts while they are watched, once each of them has elections to show, or an error. */
export async function whileWatched<T>(sessions: readonly ClusterSession[], act: () => T | Promise<T>): Promise<T> {
  const ends = sessions.map((session) => session.hold())
  try {
    await Promise.all(sessions.map(({ settled }) => settled))
    return await act()
  } finally {
    for (const end of ends) end()
  }
}
