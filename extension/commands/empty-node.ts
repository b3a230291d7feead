import * as vscode from 'vscode'
import { leadersByNode, type NodeLeaders } from '../../shared/candidates/leaders-by-node.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import { withAdvice } from '../advice.ts'
import type { Row } from '../tree/rows.ts'
import { short } from '../words/election-text.ts'
import { placeName } from './failover-table.ts'
import { withProgress } from './failover-progress.ts'
import { moveMany } from './many-failovers.ts'
import type { Needs } from './needs.ts'
import { sessionOf } from './target.ts'

/** How many elections of a Node are named. */
const MOST_NAMED = 6

/** Asks for a Node, and moves all leaders off it: before it is drained, for example. */
export async function emptyNode(app: Needs<'view' | 'clusters' | 'source' | 'clock' | 'plans'>, row: Row | undefined): Promise<void> {
  const session = await contextOf(app, row)
  const client = await session.client()
  const { scope } = session
  const title = vscode.l10n.t('Empty a node in context {0}', short(session.name))
  const found = await withProgress(title, (signal) => leadersByNode(client, app.clock, scope, signal))
  if (!found) return
  const { nodes, gaps } = found
  if (nodes.length === 0) {
    const unread = gaps.map(withAdvice).join(' ')
    throw new Error([vscode.l10n.t('No nodes are known.'), unread].filter(Boolean).join(' '))
  }
  const items = nodes.toSorted((a, b) => Number(b.leaders.length > 0) - Number(a.leaders.length > 0)).map(itemOf)
  const unread = gaps.map((gap) => ({ label: harmless(vscode.l10n.t('Could not check: {0}', withAdvice(gap)), 300), kind: vscode.QuickPickItemKind.Separator }))
  const placeHolder = scope.namespaces === 'all' ? vscode.l10n.t('Node from which to move all leaders') : vscode.l10n.t('Node from which to move the leaders in these namespaces: {0}', scope.namespaces.map(short).join(', '))
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { readonly node?: string }>([...items, ...unread], { title, placeHolder, matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true })
  if (picked?.node === undefined) return
  await moveMany(app, session, { what: vscode.l10n.t('the leaders on {0}', short(picked.node)), scope, onNodes: [picked.node] })
}

function itemOf({ name, node, leaders, standbys }: NodeLeaders): vscode.QuickPickItem & { readonly node: string } {
  const state = node === null ? vscode.l10n.t('not known') : [node.isReady ? vscode.l10n.t('ready') : vscode.l10n.t('not ready'), ...(node.isCordoned ? [vscode.l10n.t('cordoned')] : [])].join(', ')
  const named = (places: typeof leaders): string => {
    const names = places.slice(0, MOST_NAMED).map(placeName).join(', ')
    return places.length > MOST_NAMED ? `${names}, …` : names
  }
  const lines = [
    leaders.length === 0 ? vscode.l10n.t('no leaders') : vscode.l10n.t('Leaders: {0} ({1})', leaders.length, named(leaders)),
    ...(standbys.length === 0 ? [] : [vscode.l10n.t('Standbys: {0} ({1})', standbys.length, named(standbys))]),
  ]
  return { label: short(name), description: [node?.zone ? short(node.zone) : '', state].filter(Boolean).join(', '), detail: lines.join(' · '), node: name }
}

/** The context of the row or the selection; if several are shown, the one that the person picks. */
async function contextOf(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<ClusterSession> {
  await app.source.look()
  const { sessions } = app.clusters
  if (row !== undefined || sessions.length <= 1) return sessionOf(app, row)
  const items = sessions.map((session) => ({ label: short(session.name), session }))
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Empty a node: choose a context') })
  if (!picked) throw new vscode.CancellationError()
  return picked.session
}
