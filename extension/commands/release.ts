import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { observeHolder, planRelease, release as releaseElection } from '../../shared/actions/release.ts'
import type { Row } from '../tree/rows.ts'
import { electionText, short } from '../words/election-text.ts'
import type { Needs } from './needs.ts'
import { electionOf, signalOf } from './target.ts'

/** Releases a lease whose holder is gone, after watching it for a full lease duration without a renewal. */
export async function release(app: Needs<'view' | 'clusters' | 'source' | 'clock'>, row: Row | undefined): Promise<void> {
  const handle = await electionOf(app, row)
  const election = electionText(handle)
  const client = await handle.client()
  const options = { isForced: false, signal: new AbortController().signal }
  const plan = await planRelease(client, handle, options)
  if (plan.holderIdentity === '') {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has no holder. Nothing to release.', election))
    return
  }
  const holder = short(plan.holderIdentity)
  const yes = vscode.l10n.t('Release')
  const detail = vscode.l10n.t('The extension first watches the holder {0} for a full lease duration. It releases the lease only if the holder does not renew it.', holder)
  const question = vscode.l10n.t('Release the lease of {0}?', election)
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return
  const isDone = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Watching {0} for renewals', election), cancellable: true },
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
  if (isDone) void vscode.window.showInformationMessage(vscode.l10n.t('Lease of {0} released. The previous holder was {1}.', election, holder))
}
