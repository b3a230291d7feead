import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { harmless } from '../../shared/lease/index.ts'
import { remedyOf, type Advised } from '../../shared/remedy.ts'
import { withAdvice } from '../advice.ts'
import { errorMessage, restrictionText } from '../words/errors.ts'
import { buttonFor, showWithButton } from './remedy-button.ts'

const LONGEST = 2_000

/** Shows why contexts cannot be read, and offers what can be done about it. */
export async function explain(app: App): Promise<void> {
  const { problem, sessions } = app.clusters
  const found: readonly Advised[] = [
    ...(problem ? [adviceOf(problem)] : []),
    ...sessions.flatMap(({ state, restriction, name }) => {
      const about = 'error' in state ? adviceOf(state.error) : restriction && { message: restrictionText(restriction), remedy: undefined }
      return about ? [{ ...about, message: vscode.l10n.t('{0}: {1}', name, about.message) }] : []
    }),
  ]
  if (found.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No problems.'))
    return
  }
  const remedy = found.find((each) => each.remedy)?.remedy
  const button = remedy ? buttonFor(app, remedy, { row: undefined, retry: () => app.run('refresh', []) }) : null
  const text = found.map((each) => harmless(withAdvice(each), LONGEST)).join(' ')
  await showWithButton(vscode.window.showWarningMessage, text, button)
}

function adviceOf(error: Error): Advised {
  return { message: errorMessage(error), remedy: remedyOf(error) }
}
