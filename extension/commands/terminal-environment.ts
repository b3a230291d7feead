import { mkdir, rm, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { Clusters } from '../clusters/clusters.ts'
import type { KubeconfigSource } from '../clusters/kubeconfig-source.ts'

/** How programs in a terminal reach the cluster of a session: environment variables, and kubectl flags. */
export interface TerminalEnvironment {
  readonly env: Readonly<Record<string, string>>
  readonly flags: readonly string[]
}

/** What it takes to reach the clusters of this window from a terminal. */
export interface TerminalSurroundings {
  readonly clusters: Pick<Clusters, 'sandbox'>
  readonly context: Pick<vscode.ExtensionContext, 'globalStorageUri'>
  readonly source: Pick<KubeconfigSource, 'file'>
}

/**
 * For the sandbox, this writes a kubeconfig to the extension's own folder, until {@link removeSandboxFile} is called. No
 * other kubeconfig is changed.
 */
export async function terminalEnvironment(app: TerminalSurroundings, session: ClusterSession): Promise<TerminalEnvironment> {
  const { context } = session
  if (session.isSandbox) {
    if (!app.clusters.sandbox) throw new Error(vscode.l10n.t('The sandbox was stopped.'))
    const file = sandboxFile(app)
    await mkdir(app.context.globalStorageUri.fsPath, { recursive: true })
    await writeFile(file, app.clusters.sandbox.kubeconfig, { mode: 0o600 })
    return { env: { KUBECONFIG: file }, flags: [] }
  }
  const { file } = app.source
  return { env: file === undefined ? {} : { KUBECONFIG: file }, flags: context === null ? [] : ['--context', context] }
}

/** Removes the kubeconfig that was written for the sandbox, if any. It contains the sandbox's token. */
export async function removeSandboxFile(app: Pick<TerminalSurroundings, 'context'>): Promise<void> {
  await rm(sandboxFile(app), { force: true })
}

function sandboxFile({ context }: Pick<TerminalSurroundings, 'context'>): string {
  return vscode.Uri.joinPath(context.globalStorageUri, `sandbox-${process.pid}.json`).fsPath
}
