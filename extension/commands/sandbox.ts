import * as vscode from 'vscode'
import type { Needs } from './needs.ts'
import { removeSandboxFile } from './terminal-environment.ts'

/** Starts the sandbox in this window, and shows it in addition to the other contexts. */
export async function trySandbox(app: Needs<'clusters' | 'clock'>): Promise<void> {
  if (!app.clusters.sandbox) {
    const { runSandbox } = await import('../clusters/running-sandbox.ts')
    app.clusters.addSandbox(await runSandbox(app.clock))
  }
  await vscode.commands.executeCommand('kubectlLeader.elections.focus')
}

export async function stopSandbox(app: Needs<'clusters' | 'joined' | 'context'>): Promise<void> {
  const running = app.clusters.sandbox
  if (!running) return
  await Promise.all(app.joined.all.filter(({ handle }) => handle.session.isSandbox).map((joined) => joined.leave()))
  app.clusters.removeSandbox()
  await removeSandboxFile(app)
  await running.stop()
}
