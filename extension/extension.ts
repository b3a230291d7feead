import * as vscode from 'vscode'
import type { App } from './app.ts'
import { COMMANDS } from './commands/command-names.ts'

/**
 * What VS Code calls. It is small, so that it starts at once; the rest is loaded after it. Nothing is read or sent
 * before the view is seen or a command is called.
 */
let app: Promise<App> | null = null

/** What the extension's own tests get of it, and nobody else. */
export interface TestAccess {
  app(): Promise<App>
}

export function activate(context: vscode.ExtensionContext): TestAccess | undefined {
  const loaded = (): Promise<App> => (app ??= import('./app.ts').then(({ App }) => new App(context)))
  for (const name of COMMANDS) {
    context.subscriptions.push(
      vscode.commands.registerCommand(`kubectlLeader.${name}`, async (...args: unknown[]) => (await loaded()).run(name, args)),
    )
  }
  void loaded()
  return context.extensionMode === vscode.ExtensionMode.Test ? { app: loaded } : undefined
}

/** Leaves the elections that were joined from here, as far as VS Code gives the time. */
export async function deactivate(): Promise<void> {
  await (await app)?.leaveAll()
}
