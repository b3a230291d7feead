import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf } from './target.ts'

/** Opens the timeline of an election. */
export async function timeline(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const { contextName, lock, namespace, name } = handle
  const { openTimeline } = await import('../timeline/index.ts')
  const { extensionUri, subscriptions } = app.context
  openTimeline({ contextName, lock, namespace, name, connect: () => handle.client() }, { extensionUri, clock: app.clock, subscriptions })
}
