import { mkdir, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'

/** How a terminal reaches the cluster of a session: by variables, and by flags of kubectl. */
export interface TerminalEnvironment {
  readonly env: Readonly<Record<string, string>>
  readonly flags: readonly string[]
}

/** The sandbox's kubeconfig is written to this extension's own folder for it; nobody else's is touched. */
export async function terminalEnvironment(app: App, session: ClusterSession): Promise<TerminalEnvironment> {
  const { context } = session
  if (session.isSandbox) {
    if (!app.clusters.sandbox) throw new Error(vscode.l10n.t('The sandbox was stopped.'))
    const folder = app.context.globalStorageUri
    const file = vscode.Uri.joinPath(folder, `sandbox-${process.pid}.json`).fsPath
    await mkdir(folder.fsPath, { recursive: true })
    await writeFile(file, app.clusters.sandbox.kubeconfig, { mode: 0o600 })
    return { env: { KUBECONFIG: file }, flags: [] }
  }
  const { file } = app.source
  return { env: file === undefined ? {} : { KUBECONFIG: file }, flags: context === null ? [] : ['--context', context] }
}
