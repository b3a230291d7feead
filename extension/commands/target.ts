import * as vscode from 'vscode'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import { ElectionHandle, type ElectionView } from '../clusters/election-handle.ts'
import { NoKubeconfig } from '../clusters/clusters.ts'
import { whileWatched } from '../clusters/follow-sessions.ts'
import type { Row } from '../tree/rows.ts'
import { short } from '../words/election-text.ts'
import { stateText } from '../words/states.ts'
import type { Needs } from './needs.ts'

/**
 * The election that a command is for: that of the row, the selected one, or one that the person picks.
 *
 * @throws CancellationError if the person picks none; Error if no election is known
 */
export async function electionOf(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<ElectionHandle> {
  const meant = row ?? app.view.selection[0]
  return meant?.kind === 'election' || meant?.kind === 'detail' ? meant.handle : pickElection(app)
}

/**
 * The elections that a command is for, if it can be for several: those of the selected rows. Empty if none is selected.
 *
 * @param rows All selected rows, if the command was called from the menu of one of them.
 */
export function selectedElections({ view }: Needs<'view'>, row: Row | undefined, rows: readonly Row[]): readonly ElectionHandle[] {
  const meant = rows.length > 0 ? rows : row ? [row] : view.selection
  return meant.flatMap((each) => (each.kind === 'election' ? [each.handle] : []))
}

/** Asks for an election of the shown contexts, which are watched until then. */
async function pickElection({ clusters, source }: Needs<'clusters' | 'source'>): Promise<ElectionHandle> {
  await source.look()
  const { sessions } = clusters
  return whileWatched(sessions, async () => {
    const items = sessions.flatMap((session) =>
      [...session.elections]
        .filter(({ election }) => election.category === 'election')
        .map((stored) => ({
          handle: new ElectionHandle(session, stored.election),
          label: short(stored.election.name),
          description: `${short(stored.election.namespace)} · ${short(session.name)} · ${stateText(session.statusOf(stored).state)}`,
        })),
    )
    if (items.length === 0) throw clusters.problem ?? new Error(vscode.l10n.t('No elections are known. Open the Leader Elections view to see why.'))
    const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Choose an election'), matchOnDescription: true })
    if (!picked) throw new vscode.CancellationError()
    return picked.handle
  })
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
  if (meant?.kind === 'election' || meant?.kind === 'detail') return meant.handle.session
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
