import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { writeSetting } from '../settings.ts'

/** Asks for the names of the namespaces to show. There is no list to pick from, because not every user may list namespaces. */
export async function chooseNamespaces(app: App): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Namespaces to show'),
    prompt: vscode.l10n.t('Comma-separated names; leave empty for all namespaces that you are allowed to read'),
    value: app.settings.namespaces.join(', '),
  })
  if (text === undefined) return
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  await writeSetting('namespaces', [...new Set(names)])
}
