import * as vscode from 'vscode'
import type { App } from '../app.ts'

/** Asks for a text, and shows only the elections whose namespace, name or holder contains it, or whose state it is. */
export async function filter(app: App): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter elections'),
    prompt: vscode.l10n.t('Part of a namespace, name or holder, or a state such as late'),
    value: app.tree.selection.filter,
  })
  if (text !== undefined) app.setFilter(text)
}

export function clearFilter(app: App): void {
  app.setFilter('')
}
