import * as vscode from 'vscode'
import { lockObject } from '../../shared/cluster/cluster-object.ts'
import { errorText } from '../advice.ts'
import { linkTo } from '../links.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'
import { electionOf, viewOf } from './target.ts'
import { restrictionText } from '../words/errors.ts'

/** Opens the details of an election as text. */
export async function describe(app: Needs<'view' | 'clusters' | 'source' | 'documents'>, row: Row | undefined): Promise<void> {
  await app.documents.describe(await electionOf(app, row))
}

/** Opens the object that stores the election record, as the API server returns it, or the object that a detail names. */
export async function showYaml(app: Needs<'view' | 'clusters' | 'source' | 'documents'>, row: Row | undefined): Promise<void> {
  if (row?.kind === 'detail' && row.object) return app.documents.showObject(row.handle.session, row.object)
  await app.documents.showLock(await electionOf(app, row))
}

/** Opens the Events about the object that stores the election record, or about the object that a detail names. */
export async function showEvents(app: Needs<'view' | 'clusters' | 'source' | 'documents'>, row: Row | undefined): Promise<void> {
  if (row?.kind === 'detail' && row.object) return app.documents.showEvents(row.handle.session, row.object)
  const handle = await electionOf(app, row)
  await app.documents.showEvents(handle.session, lockObject(handle))
}

/** Opens the timeline of an election. */
export async function timeline(app: Needs<'view' | 'clusters' | 'source' | 'timelines'>, row: Row | undefined): Promise<void> {
  await app.timelines.open(await electionOf(app, row))
}

/** Pauses the timeline that is open, or follows the present again. */
export function toggleTimeline(app: Needs<'timelines'>): void {
  app.timelines.active?.act({ type: 'toggle-following' })
}

export function exportTimelineJson(app: Needs<'timelines'>): void {
  app.timelines.active?.export('json')
}

export function exportTimelineSvg(app: Needs<'timelines'>): void {
  app.timelines.active?.export('svg')
}

/** Copies what the selected rows say: names of elections, contexts and groups, and values of details. */
export async function copy(app: Needs<'view'>, row: Row | undefined): Promise<void> {
  const selected = app.view.selection
  const rows = row && !selected.includes(row) ? [row] : selected
  if (rows.length > 0) await vscode.env.clipboard.writeText(rows.map(textOf).join('\n'))
}

/** As it is in the cluster or the kubeconfig. */
function textOf(row: Row): string {
  switch (row.kind) {
    case 'context':
      return row.session.name
    case 'group':
      return row.name
    case 'election':
      return row.handle.name
    case 'detail':
      if (row.isHolder && !row.object) return row.handle.read()?.election.record.holderIdentity ?? row.value
      return row.object?.name ?? row.value
    case 'problem':
      return 'error' in row.session.state ? errorText(row.session.state.error) : (row.session.restriction ? restrictionText(row.session.restriction) : '')
  }
}

/** Forgets what was seen of elections in the last day, after a question. */
export async function clearKeptTimelines(app: Needs<'memory'>): Promise<void> {
  const clear = vscode.l10n.t('Clear')
  const detail = vscode.l10n.t('This removes them from this machine, for all windows. New observations are kept. Timelines that are open, and files that were exported, stay as they are.')
  if ((await vscode.window.showWarningMessage(vscode.l10n.t('Clear the kept timelines of all elections?'), { modal: true, detail }, clear)) !== clear) return
  await app.memory.clear()
  void vscode.window.showInformationMessage(vscode.l10n.t('The kept timelines were cleared.'))
}

/** Copies a link that opens the election in VS Code. */
export async function copyLink(app: Needs<'view' | 'clusters' | 'source' | 'context'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(linkTo(await electionOf(app, row), app.context.extension.id))
}

/** Copies the holder's identity as it is in the record. */
export async function copyHolder(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(viewOf(await electionOf(app, row)).election.record.holderIdentity)
}

/** Copies the name of the election. */
export async function copyName(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText((await electionOf(app, row)).name)
}
