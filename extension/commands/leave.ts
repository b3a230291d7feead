import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Row } from '../tree/rows.ts'
import { electionText } from '../words/election-text.ts'

/** Leaves an election that this window has joined: that of the row, or one that the person picks. */
export async function leave(app: App, row: Row | undefined): Promise<void> {
  const handle = row?.kind === 'election' ? row.handle : await pick(app)
  if (handle) await app.candidacies.leave(handle)
}

async function pick({ candidacies: { all } }: App): Promise<ElectionHandle | undefined> {
  const items = all.map(({ handle, isLeading }) => ({
    handle,
    label: electionText(handle),
    description: isLeading ? vscode.l10n.t('leading') : vscode.l10n.t('standby'),
  }))
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Leave an election') }))?.handle
}
