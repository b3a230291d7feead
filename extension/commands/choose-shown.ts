import { homedir } from 'node:os'
import { dirname } from 'node:path'
import * as vscode from 'vscode'
import { kubeconfigFiles } from '../../shared/cluster/connection/kubeconfig.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Category } from '../../shared/lease/category.ts'
import { writeSetting } from '../settings.ts'
import type { Grouping } from '../tree/rows.ts'
import { categoryText } from '../words/categories.ts'
import type { Needs } from './needs.ts'

/** `publisher.name` of package.json. */
const EXTENSION = 'kubectl-leader.kubectl-leader'

const CATEGORIES: readonly Category[] = ['election', 'node', 'apiserver', 'other']

/** Asks for a text, and shows only the elections whose namespace, name or holder contains it, or whose state it is. */
export async function filter(app: Needs<'tree' | 'setFilter'>): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter elections'),
    prompt: vscode.l10n.t('Part of a namespace, name or holder, or a state such as late'),
    value: app.tree.selection.filter,
  })
  if (text !== undefined) app.setFilter(text)
}

export function clearFilter(app: Needs<'setFilter'>): void {
  app.setFilter('')
}

/** Asks how to group the elections. */
export async function groupBy(): Promise<void> {
  const items: readonly (vscode.QuickPickItem & { readonly grouping: Grouping })[] = [
    { grouping: 'namespace', label: vscode.l10n.t('By namespace') },
    { grouping: 'state', label: vscode.l10n.t('By state') },
    { grouping: 'none', label: vscode.l10n.t('No grouping') },
  ]
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Group elections') })
  if (picked) await writeSetting('groupBy', picked.grouping)
}

/** Asks which categories of leases to show. */
export async function chooseCategories(app: Needs<'settings'>): Promise<void> {
  const shown = app.settings.categories
  const picked = await vscode.window.showQuickPick(
    CATEGORIES.map((category) => ({ category, label: categoryText(category), picked: shown.includes(category) })),
    { canPickMany: true, title: vscode.l10n.t('Leases to show') },
  )
  if (picked && picked.length > 0) await writeSetting('categories', picked.map(({ category }) => category))
}

/** Asks for a kubeconfig, and makes it the one of this window's settings: on the machine that the extension runs on. */
export async function chooseKubeconfig(app: Needs<'source'>): Promise<void> {
  const [present] = kubeconfigFiles(app.source.file, process.env)
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Choose Kubeconfig…'),
      openLabel: vscode.l10n.t('Use This Kubeconfig'),
      defaultUri: vscode.Uri.file(dirname(present ?? homedir())),
      canSelectMany: false,
    })) ?? []
  if (file) await writeSetting('kubeconfig', file.fsPath)
}

/** Opens the settings of the extension, where they have an effect: in a remote window, those of the remote machine. */
export async function openSettings(): Promise<void> {
  const command = vscode.env.remoteName === undefined ? 'workbench.action.openSettings' : 'workbench.action.openRemoteSettings'
  await vscode.commands.executeCommand(command, { query: `@ext:${EXTENSION}` })
}

/** Asks which contexts to show. None means: follow the current context of the kubeconfig. */
export async function chooseContexts(app: Needs<'source' | 'settings'>): Promise<void> {
  const { kubeconfig, error } = await app.source.look()
  if (!kubeconfig) throw error
  const chosen = app.settings.contexts
  const items = [...kubeconfig.contexts.values()].map(({ name, cluster, namespace }) => ({
    name,
    label: harmless(name, 200),
    description: [name === kubeconfig.currentContext ? vscode.l10n.t('current') : '', harmless(cluster ?? '', 100), harmless(namespace ?? '', 100)]
      .filter((part) => part !== '')
      .join(' · '),
    picked: chosen.includes(name),
  }))
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Contexts to show'),
    placeHolder: vscode.l10n.t('None: follow the current context'),
  })
  if (picked) await writeSetting('contexts', picked.map(({ name }) => name))
}

/** Asks for the names of the namespaces to show. There is no list to pick from, because not every user may list namespaces. */
export async function chooseNamespaces(app: Needs<'settings'>): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Namespaces to show'),
    prompt: vscode.l10n.t('Comma-separated names; leave empty for all namespaces that you are allowed to read'),
    value: app.settings.namespaces.join(', '),
  })
  if (text === undefined) return
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  await writeSetting('namespaces', [...new Set(names)])
}
