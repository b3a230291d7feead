import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { sessionOf } from './target.ts'

/** Watches a context also while the view is hidden, so that its badge stays true. */
export function keepWatching(app: App, row: Row | undefined): void {
  app.pin(sessionOf(app, row), true)
}

export function stopKeepingWatch(app: App, row: Row | undefined): void {
  app.pin(sessionOf(app, row), false)
}
