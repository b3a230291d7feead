import * as vscode from 'vscode'
import { childConfiguration, type LaunchConfiguration, type Overrides } from './base-configuration.ts'

/** Starts a launch configuration as a debug session below another one. Resolves to whether that was possible. */
export function startBelow(parentSession: vscode.DebugSession, base: LaunchConfiguration, overrides: Overrides): Thenable<boolean> {
  const { name, workspaceFolder, configuration } = parentSession
  // The name of a configuration in launch.json would make VS Code restart that one, which does not lead.
  const named = { ...childConfiguration(base, overrides, process.platform), name: vscode.l10n.t('{0}: {1}', name, base.name) }
  return vscode.debug.startDebugging(workspaceFolder, named, {
    parentSession,
    lifecycleManagedByParent: true,
    noDebug: configuration['noDebug'] === true,
    suppressSaveBeforeStart: true,
  })
}

/** Asks a debugger to end its program and itself. */
export function endDebugger(session: vscode.DebugSession): void {
  void session.customRequest('disconnect', { terminateDebuggee: true, restart: false }).then(undefined, () => undefined)
}

/** Whether the extension runs on the person's machine, and debuggers on another one. */
export function areDebuggersElsewhere({ extension }: Pick<vscode.ExtensionContext, 'extension'>): boolean {
  return vscode.env.remoteName !== undefined && extension.extensionKind === vscode.ExtensionKind.UI
}
