import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import { remedyOf, type Advised } from '../../shared/remedy.ts'
import { withAdvice } from '../advice.ts'
import { writeSetting } from '../settings.ts'
import type { Row } from '../tree/rows.ts'
import { errorMessage, restrictionText } from '../words/errors.ts'
import type { Needs } from './needs.ts'
import { buttonFor, showWithButton } from './remedy-button.ts'
import { electionOf, sessionOf } from './target.ts'

const TOLD_OF_NOTIFICATIONS = 'toldOfNotifications'
const LONGEST = 2_000

/** Reads the kubeconfig again and reconnects. The rows stay in the view in the meantime. */
export async function refresh(app: Needs<'source' | 'clusters' | 'tree'>): Promise<void> {
  await app.source.look()
  for (const session of app.clusters.sessions) session.reconnect()
  app.tree.redraw()
}

/** Reads the kubeconfig again and reconnects to one context. */
export async function reconnect(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  await app.source.look()
  app.clusters.current(sessionOf(app, row)).reconnect()
}

/** Keeps watching a context while the view is hidden, so that the view's badge stays current. */
export function keepWatching(app: Needs<'view' | 'clusters' | 'pin'>, row: Row | undefined): void {
  app.pin(sessionOf(app, row), true)
}

export function stopKeepingWatch(app: Needs<'view' | 'clusters' | 'pin'>, row: Row | undefined): void {
  app.pin(sessionOf(app, row), false)
}

/**
 * Pins an election: it comes first in the tree, and is watched while the view is hidden. The first time, the person is told
 * that there can be notifications.
 */
export async function pinElection(app: Needs<'view' | 'clusters' | 'source' | 'settings' | 'context' | 'pinElection'>, row: Row | undefined): Promise<void> {
  app.pinElection(await electionOf(app, row), true)
  if (app.settings.notifications.length > 0 || app.context.globalState.get(TOLD_OF_NOTIFICATIONS)) return
  await app.context.globalState.update(TOLD_OF_NOTIFICATIONS, true)
  const turnOn = vscode.l10n.t('Turn On Notifications')
  const text = vscode.l10n.t('The election is pinned, and watched while the view is hidden. Notifications about pinned elections are off.')
  if ((await vscode.window.showInformationMessage(text, turnOn)) === turnOn) await writeSetting('notifications', ['leaderChanged', 'expired', 'recovered'])
}

export async function unpinElection(app: Needs<'view' | 'clusters' | 'source' | 'pinElection'>, row: Row | undefined): Promise<void> {
  app.pinElection(await electionOf(app, row), false)
}

/** Opens the log of connections and errors. */
export function showLog({ log }: Needs<'log'>): void {
  log.show()
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
