import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { actor } from '../../shared/actions/actor.ts'
import { observeHolder, planRelease, release as releaseElection } from '../../shared/actions/release.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf, signalOf } from './target.ts'

/** Empties the holder of an election whose holder is gone, after watching that it is. */
export async function release(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const client = await handle.client()
  const options = { isForced: false, signal: new AbortController().signal }
  const plan = await planRelease(client, handle, options)
  if (plan.holderIdentity === '') {
    void vscode.window.showInformationMessage(vscode.l10n.t('Nobody holds it: there is nothing to release.'))
    return
  }
  const holder = harmless(plan.holderIdentity, 200)
  const yes = vscode.l10n.t('Release')
  const detail = vscode.l10n.t('Its holder {0} is watched first: it is released only if it is not seen to renew for a whole lease duration.', holder)
  const question = vscode.l10n.t('Release the election {0}?', harmless(`${handle.namespace}/${handle.name}`, 200))
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return
  const isDone = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Watching that {0} is gone', holder), cancellable: true },
    async (_, token) => {
      const signal = signalOf(token)
      try {
        const seen = await observeHolder(client, app.clock, plan, signal)
        await releaseElection(client, app.clock, seen, { actor: actor(), signal })
        return true
      } catch (error) {
        if (signal.aborted) return false
        throw error
      }
    },
  )
  if (isDone) void vscode.window.showInformationMessage(vscode.l10n.t('Released: {0} holds it no longer.', holder))
}
