import * as vscode from 'vscode'
import type { LeaderElectionsApi } from './api.ts'
import type { App } from './app.ts'
import { COMMANDS } from './commands/command-names.ts'
import { DEBUG_TYPE } from './debug/debug-type.ts'
import { lazyApi } from './lazy-api.ts'

/**
 * The entry point that VS Code calls. It is small, so that it starts fast. The rest is loaded afterwards. Nothing is read
 * or sent before the view is visible or a command is called.
 */
let app: Promise<App> | null = null

/** What the extension exports to its own tests, and only to them. */
export interface TestAccess {
  app(): Promise<App>
}

export function activate(context: vscode.ExtensionContext): LeaderElectionsApi & Partial<TestAccess> {
  const loaded = (): Promise<App> => (app ??= import('./app.ts').then(({ App }) => new App(context)))
  for (const name of COMMANDS) {
    context.subscriptions.push(
      vscode.commands.registerCommand(`kubectlLeader.${name}`, async (...args: unknown[]) => (await loaded()).run(name, args)),
    )
  }
  context.subscriptions.push(
    vscode.window.registerUriHandler({ handleUri: async (uri) => (await loaded()).openLink(uri) }),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, {
      resolveDebugConfiguration: async (folder, configuration) => (await loaded()).debugging.resolveDebugConfiguration(folder, configuration),
    }),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: async (session) => (await loaded()).debugging.createDebugAdapterDescriptor(session),
    }),
  )
  void loaded()
  const api = lazyApi(async () => (await loaded()).exported)
  return context.extensionMode === vscode.ExtensionMode.Test ? { ...api, app: loaded } : api
}

/** Leaves the elections that this window has joined, within the time that VS Code allows. */
export async function deactivate(): Promise<void> {
  await (await app)?.leaveAll()
}
