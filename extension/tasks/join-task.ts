import * as vscode from 'vscode'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { durationInput } from '../commands/duration-input.ts'
import type { TerminalEnvironment } from '../commands/terminal-environment.ts'
import { electionText } from '../words/election-text.ts'
import { TASK_TYPE, type JoinDefinition } from './join-definition.ts'

/** With this variable, VS Code's own executable runs as Node.js. */
const AS_NODE = 'ELECTRON_RUN_AS_NODE'

/** What a task does, and how it reaches the cluster. */
export interface JoinTask {
  readonly handle: ElectionHandle
  readonly identity: string
  readonly command: string
  readonly isTaking: boolean
  /** 0 means no limit. */
  readonly maxHoldMs: number
  /** Whether the person has confirmed already. If not, the task asks in its terminal. */
  readonly isConfirmed: boolean
}

/**
 * What runs the CLI's `join` with a command. Its watchdog ends the command before another candidate can lead, even if this
 * window is closed or killed.
 */
export function joinExecution(task: JoinTask, { env, flags }: TerminalEnvironment, extensionUri: vscode.Uri): vscode.ProcessExecution {
  const { handle, identity, command, isTaking, maxHoldMs, isConfirmed } = task
  const cli = vscode.Uri.joinPath(extensionUri, 'dist', 'kubectl-leader.cjs').fsPath
  // The command must not run VS Code's own programs as Node.js.
  const posixShell = ['env', '-u', AS_NODE, process.env['SHELL'] ?? '/bin/sh', '-c', command]
  const shell = process.platform === 'win32' ? ['cmd', '/c', `set "${AS_NODE}=" & ${command}`] : posixShell
  const terms = ['--id', identity, '--max-hold', durationInput(maxHoldMs), ...(isTaking ? ['--take'] : []), isConfirmed ? '--yes' : '--confirm']
  const args = [cli, 'join', `${handle.lock}/${handle.name}`, '-n', handle.namespace, ...flags, ...terms, '--', ...shell]
  return new vscode.ProcessExecution(process.execPath, args, { env: { ...env, [AS_NODE]: '1' } })
}

/** The identity that a task's `join` was given; null if the task is not one of these. */
export function identityOf({ definition, execution }: vscode.Task): string | null {
  if (definition.type !== TASK_TYPE || !(execution instanceof vscode.ProcessExecution)) return null
  return execution.args[execution.args.indexOf('--id') + 1] ?? null
}

/** The same as it would be in tasks.json. */
export function definitionOf({ handle, command, isTaking, maxHoldMs }: JoinTask): JoinDefinition {
  return {
    type: TASK_TYPE,
    election: `${handle.lock}/${handle.name}`,
    namespace: handle.namespace,
    context: handle.contextName,
    command,
    take: isTaking,
    maxHold: durationInput(maxHoldMs),
  }
}

export function taskName(handle: ElectionHandle): string {
  return vscode.l10n.t('Join {0}', electionText(handle))
}
