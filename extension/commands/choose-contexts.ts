import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { harmless } from '../../shared/lease/index.ts'
import { writeSetting } from '../settings.ts'

/** Asks which contexts to show. None means: follow the current context of the kubeconfig. */
export async function chooseContexts(app: App): Promise<void> {
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
