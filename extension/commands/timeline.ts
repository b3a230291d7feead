import type { App } from '../app.ts'
import type { ApiClient } from '../../shared/cluster/index.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf } from './target.ts'

/** Opens the timeline of an election. */
export async function timeline(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const { id, contextName, lock, namespace, name, session } = handle
  const { openTimeline } = await import('../timeline/index.ts')
  const { extensionUri, subscriptions } = app.context
  // If the sandbox is restarted, or the context chosen again, the election has a new session.
  const connect = (dead: ApiClient | null): Promise<ApiClient> => app.clusters.current(session).client(dead)
  openTimeline(id, { contextName, lock, namespace, name, connect }, { extensionUri, clock: app.clock, subscriptions })
}
