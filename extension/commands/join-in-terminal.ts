import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { electionText } from '../words/election-text.ts'
import { terminalEnvironment } from './terminal-environment.ts'

/** With this variable, VS Code's own executable runs as Node.js. */
const AS_NODE = 'ELECTRON_RUN_AS_NODE'

/**
 * Runs the CLI's `join` with a command in a terminal. Its watchdog ends the command before another candidate can lead,
 * even if this window is closed or killed. `--yes` is passed because the person has just confirmed.
 */
export async function joinInTerminal(app: App, handle: ElectionHandle, command: string): Promise<void> {
  const { env, flags } = await terminalEnvironment(app, handle.session)
  const cli = vscode.Uri.joinPath(app.context.extensionUri, 'dist', 'kubectl-leader.cjs').fsPath
  const isWindows = process.platform === 'win32'
  // The command must not run VS Code's own programs as Node.js.
  const posixShell = ['env', '-u', AS_NODE, process.env['SHELL'] ?? '/bin/sh', '-c', command]
  const shell = isWindows ? ['cmd', '/c', `set "${AS_NODE}=" & ${command}`] : posixShell
  const terminal = vscode.window.createTerminal({
    name: vscode.l10n.t('Join {0}', electionText(handle)),
    iconPath: new vscode.ThemeIcon('star-half'),
    shellPath: process.execPath,
    shellArgs: [cli, 'join', `${handle.lock}/${handle.name}`, '-n', handle.namespace, ...flags, '--yes', '--', ...shell],
    env: { ...env, [AS_NODE]: '1' },
    isTransient: true,
  })
  terminal.show()
}
