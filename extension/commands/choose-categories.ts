import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { Category } from '../../shared/lease/index.ts'
import { writeSetting } from '../settings.ts'

/** Chooses which leases are shown. */
export async function chooseCategories(app: App): Promise<void> {
  const all: readonly (vscode.QuickPickItem & { readonly category: Category })[] = [
    { category: 'election', label: vscode.l10n.t('Leader elections') },
    { category: 'node', label: vscode.l10n.t('Heartbeats of nodes') },
    { category: 'apiserver', label: vscode.l10n.t('Identities of API servers') },
    { category: 'other', label: vscode.l10n.t('Other uses of leases') },
  ]
  const shown = app.settings.categories
  const picked = await vscode.window.showQuickPick(
    all.map((item) => ({ ...item, picked: shown.includes(item.category) })),
    { canPickMany: true, title: vscode.l10n.t('Leases to show') },
  )
  if (picked && picked.length > 0) await writeSetting('categories', picked.map(({ category }) => category))
}
