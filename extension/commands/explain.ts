import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { plainWords } from '../plain-words.ts'

/** Says what keeps the contexts from being read. */
export function explain({ clusters }: App): void {
  const sessions = clusters.sessions.flatMap((session) => {
    const { state, restriction, name } = session
    const text = 'error' in state ? state.error.message : restriction?.message
    return text === undefined ? [] : [`${name}: ${text}`]
  })
  const all = clusters.problem ? [clusters.problem.message, ...sessions] : sessions
  const text = all.length === 0 ? vscode.l10n.t('No problems.') : all.map((each) => plainWords(each)).join(' ')
  void (all.length === 0 ? vscode.window.showInformationMessage(text) : vscode.window.showWarningMessage(text))
}
