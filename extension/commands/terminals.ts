import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/index.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Row } from '../tree/rows.ts'
import { electionText } from '../words/election-text.ts'
import type { Needs } from './needs.ts'
import { sessionOf } from './target.ts'
import { terminalEnvironment } from './terminal-environment.ts'

/** A name that needs no quotes in a shell. */
const SAFE = /^[A-Za-z0-9._/-]+$/
/** With this variable, VS Code's own executable runs as Node.js. */
const AS_NODE = 'ELECTRON_RUN_AS_NODE'

/** Opens a terminal for the row's cluster. A command about the election is typed in, but not run. */
export async function openTerminal(app: Needs<'view' | 'context' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  const session = sessionOf(app, row)
  const { env, flags } = await terminalEnvironment(app, session)
  const terminal = vscode.window.createTerminal({ name: harmless(session.name, 60), env, isTransient: true })
  terminal.show()
  if (row?.kind !== 'election') return
  const { lock, name, namespace } = row.handle
  const words = ['kubectl', 'get', `${lock}/${name}`, '-n', namespace, ...flags, '-o', 'yaml']
  if (words.every((word) => SAFE.test(word))) terminal.sendText(words.join(' '), false)
}

/**
 * Runs the CLI's `join` with a command in a terminal. Its watchdog ends the command before another candidate can lead,
 * even if this window is closed or killed. `--yes` is passed because the person has just confirmed.
 */
export async function joinInTerminal(app: Needs<'context' | 'clusters' | 'source'>, handle: ElectionHandle, command: string): Promise<void> {
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
