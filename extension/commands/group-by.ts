import * as vscode from 'vscode'
import { writeSetting } from '../settings.ts'
import type { Grouping } from '../tree/rows.ts'

export async function groupBy(): Promise<void> {
  const items: readonly (vscode.QuickPickItem & { readonly grouping: Grouping })[] = [
    { grouping: 'namespace', label: vscode.l10n.t('By namespace') },
    { grouping: 'state', label: vscode.l10n.t('By state') },
    { grouping: 'none', label: vscode.l10n.t('No grouping') },
  ]
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Group elections') })
  if (picked) await writeSetting('groupBy', picked.grouping)
}
