import * as vscode from 'vscode'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { ElectionHandle, ElectionView } from '../clusters/election-handle.ts'
import { NoKubeconfig } from '../clusters/clusters.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'

/** The election that a command is for: that of the row, or the selected one. @throws Error if there is neither */
export function electionOf(app: Needs<'view'>, row: Row | undefined): ElectionHandle {
  const meant = row ?? app.view.selection[0]
  if (meant?.kind === 'election') return meant.handle
  throw new Error(vscode.l10n.t('Select an election in the view first.'))
}

/** The election as it was last read. @throws Error if it no longer exists */
export function viewOf(handle: ElectionHandle): ElectionView {
  const view = handle.read()
  if (view) return view
  throw new Error(vscode.l10n.t('The election no longer exists.'))
}

/** The context that a command is for: that of the row or of the selection, or the first one. @throws Error if there is none */
export function sessionOf(app: Needs<'view' | 'clusters'>, row: Row | undefined): ClusterSession {
  const meant = row ?? app.view.selection[0]
  if (meant && 'session' in meant) return meant.session
  if (meant?.kind === 'election') return meant.handle.session
  const [first] = app.clusters.sessions
  if (first) return first
  throw app.clusters.problem ?? new NoKubeconfig(vscode.l10n.t('No context found.'))
}

/** A signal that is aborted when the token is canceled. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController()
  if (token.isCancellationRequested) controller.abort()
  token.onCancellationRequested(() => controller.abort())
  return controller.signal
}
