import * as vscode from 'vscode'
import { trySandbox } from '../commands/sandbox.ts'
import type { Needs } from '../commands/needs.ts'
import { DEBUG_TYPE } from './debug-type.ts'

/** The election of the bundled program. */
const ELECTION = { lock: 'lease', namespace: 'default', name: 'reconciler' } as const
const STANDBYS = ['reconciler-6f7d8c9b5-4kq2x', 'reconciler-6f7d8c9b5-x9z7w']
/** The line of the breakpoint, counted from 0: where the program logs. */
const BREAKPOINT = /console\.log\(`\$\{missing\}/

/** Opens the bundled program with a breakpoint, and starts two candidates in the sandbox. Then F5 starts it as the leader. */
export async function tryDebugging(app: Needs<'clusters' | 'clock' | 'context'>): Promise<void> {
  await trySandbox(app)
  await app.clusters.sandbox!.runCandidates(ELECTION, STANDBYS)
  const document = await vscode.workspace.openTextDocument(programOf(app))
  await vscode.window.showTextDocument(document)
  const line = document.getText().split('\n').findIndex((text) => BREAKPOINT.test(text))
  const isThere = vscode.debug.breakpoints.some(
    (each) => each instanceof vscode.SourceBreakpoint && each.location.uri.toString() === document.uri.toString(),
  )
  if (!isThere) vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(document.uri, new vscode.Position(line, 0)))])
  await vscode.commands.executeCommand('setContext', 'kubectlLeader.isTryingDebugging', true)
  const debug = vscode.l10n.t('Debug')
  const text = vscode.l10n.t('Press F5 in this file to debug it as the leader of {0}.', `${ELECTION.namespace}/${ELECTION.name}`)
  if ((await vscode.window.showInformationMessage(text, debug)) === debug) await debugTried(app)
}

/** Debugs the bundled program as the leader. */
export async function debugTried(app: Needs<'clusters' | 'clock' | 'context'>): Promise<void> {
  if (!app.clusters.sandbox) return tryDebugging(app)
  await app.clusters.sandbox.runCandidates(ELECTION, STANDBYS)
  const program = programOf(app).fsPath
  await vscode.debug.startDebugging(undefined, {
    type: DEBUG_TYPE,
    request: 'launch',
    name: vscode.l10n.t('Reconciler, as the leader'),
    election: `${ELECTION.namespace}/${ELECTION.name}`,
    context: app.clusters.sandbox.name,
    take: true,
    maxHold: '10m',
    configuration: { type: 'node', request: 'launch', name: 'reconciler.js', program, cwd: app.context.extensionUri.fsPath, console: 'internalConsole' },
  })
}

function programOf({ context }: Needs<'context'>): vscode.Uri {
  return vscode.Uri.joinPath(context.extensionUri, 'extension/media/try/reconciler.js')
}
