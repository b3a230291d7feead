import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { Category } from '../../shared/lease/index.ts'
import { writeSetting } from '../settings.ts'
import { categoryText } from '../words/categories.ts'

const CATEGORIES: readonly Category[] = ['election', 'node', 'apiserver', 'other']

/** Asks which categories of leases to show. */
export async function chooseCategories(app: App): Promise<void> {
  const shown = app.settings.categories
  const picked = await vscode.window.showQuickPick(
    CATEGORIES.map((category) => ({ category, label: categoryText(category), picked: shown.includes(category) })),
    { canPickMany: true, title: vscode.l10n.t('Leases to show') },
  )
  if (picked && picked.length > 0) await writeSetting('categories', picked.map(({ category }) => category))
}
