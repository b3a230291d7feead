import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/index.ts'
import { remedyOf, type Advised } from '../../shared/remedy.ts'
import { withAdvice } from '../advice.ts'
import type { Row } from '../tree/rows.ts'
import { errorMessage, restrictionText } from '../words/errors.ts'
import type { Needs } from './needs.ts'
import { buttonFor, showWithButton } from './remedy-button.ts'
import { sessionOf } from './target.ts'

const LONGEST = 2_000

/** Reads the kubeconfig again and reconnects. The rows stay in the view in the meantime. */
export async function refresh(app: Needs<'source' | 'clusters' | 'tree'>): Promise<void> {
  await app.source.look()
  for (const session of app.clusters.sessions) session.reconnect()
  app.tree.redraw()
}

/** Keeps watching a context while the view is hidden, so that the view's badge stays current. */
export function keepWatching(app: Needs<'view' | 'clusters' | 'pin'>, row: Row | undefined): void {
  app.pin(sessionOf(app, row), true)
}

export function stopKeepingWatch(app: Needs<'view' | 'clusters' | 'pin'>, row: Row | undefined): void {
  app.pin(sessionOf(app, row), false)
}

/** Shows why contexts cannot be read, and offers what can be done about it. */
export async function explain(app: Needs<'clusters' | 'source' | 'run'>): Promise<void> {
  const { problem, sessions } = app.clusters
  const found: readonly Advised[] = [
    ...(problem ? [adviceOf(problem)] : []),
    ...sessions.flatMap(({ state, restriction, name }) => {
      const about = 'error' in state ? adviceOf(state.error) : restriction && { message: restrictionText(restriction), remedy: undefined }
      return about ? [{ ...about, message: vscode.l10n.t('{0}: {1}', name, about.message) }] : []
    }),
  ]
  if (found.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No problems.'))
    return
  }
  const remedy = found.find((each) => each.remedy)?.remedy
  const button = remedy ? buttonFor(app, remedy, { row: undefined, retry: () => app.run('refresh', []) }) : null
  const text = found.map((each) => harmless(withAdvice(each), LONGEST)).join(' ')
  await showWithButton(vscode.window.showWarningMessage, text, button)
}

function adviceOf(error: Error): Advised {
  return { message: errorMessage(error), remedy: remedyOf(error) }
}
