import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'
import { sessionOf } from './target.ts'
import { terminalEnvironment } from './terminal-environment.ts'

/** A name that needs no quotes in a shell. */
const SAFE = /^[A-Za-z0-9._/-]+$/

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
