import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { sessionOf } from './target.ts'

/** Keeps watching a context while the view is hidden, so that the view's badge stays current. */
export function keepWatching(app: App, row: Row | undefined): void {
  app.pin(sessionOf(app, row), true)
}

export function stopKeepingWatch(app: App, row: Row | undefined): void {
  app.pin(sessionOf(app, row), false)
}
