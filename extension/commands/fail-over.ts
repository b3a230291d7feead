import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { planFailover, runFailover, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import type { Row } from '../tree/rows.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { cautionLines, counted, withProgress } from './failover-progress.ts'
import type { Needs } from './needs.ts'
import { electionOf } from './target.ts'

/** Moves leadership without overlapping leaders: a plan and a question, progress that can be canceled, and the result. */
export async function failOver(app: Needs<'view' | 'clock' | 'run'>, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const election = electionText(handle)
  const client = await handle.client()
  const { lock, namespace, name } = handle
  const request = { place: { lock, namespace, name }, actor: actor() }
  const plan = await withProgress(vscode.l10n.t('Planning failover of {0}: watching for renewals', election), (signal) =>
    planFailover(client, app.clock, request, signal),
  )
  if (!plan || !(await isConfirmed(plan, election))) return
  const result = await withProgress(vscode.l10n.t('Failing over {0}', election), (signal, report) =>
    counted(app.clock, report, (countdown) =>
      runFailover(client, app.clock, plan, { signal, onEvent: (event) => countdown.take(event) }),
    ),
  )
  if (result) await showResult(app, row, result, election)
}

async function isConfirmed(plan: FailoverPlan, election: string): Promise<boolean> {
  const { from, holder, candidates, expectedLeaderlessMs, isOtherKnown } = plan
  const pod = holder?.name ? ` (${holder.kind} ${short(holder.name)})` : ''
  const others = candidates.map(({ pod, identity }) => short(pod?.name ?? identity ?? ''))
  const detail = [
    vscode.l10n.t('Current leader: {0}{1}', short(from), pod),
    vscode.l10n.t('Other candidates: {0}', others.length === 0 ? vscode.l10n.t('none known') : others.slice(0, 5).join(', ')),
    vscode.l10n.t('Time without a leader: up to {0}', spokenDuration(expectedLeaderlessMs.mostMs)),
    ...cautionLines(plan),
  ].join('\n')
  const yes = vscode.l10n.t('Fail Over')
  const question = vscode.l10n.t('Fail over {0}?', election)
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return false
  if (isOtherKnown) return true
  const sure = vscode.l10n.t('Fail Over Anyway')
  const warning = vscode.l10n.t('No other candidate is known for {0}.', election)
  const consequence = vscode.l10n.t('If there is no other candidate, there is no leader until the old leader acquires the lease again.')
  return (await vscode.window.showWarningMessage(warning, { modal: true, detail: consequence }, sure)) === sure
}

async function showResult(app: Needs<'run'>, row: Row | undefined, result: FailoverResult, election: string): Promise<void> {
  const again = vscode.l10n.t('Try Again')
  const timeline = vscode.l10n.t('Show Timeline')
  const to = short(result.pod?.name ?? result.to)
  const leaderless = spokenDuration(result.leaderlessMs ?? 0)
  const picked = await (() => {
    switch (result.outcome) {
      case 'moved':
        return vscode.window.showInformationMessage(
          vscode.l10n.t('Leadership of {0} moved to {1}. There was no leader for at most {2}.', election, to, leaderless),
          timeline,
        )
      case 'returned':
        return vscode.window.showWarningMessage(
          vscode.l10n.t(
            'The old leader acquired {0} again, as {1}, before any other candidate. There was no leader for at most {2}. Try again, or stop the old leader first.',
            election,
            to,
            leaderless,
          ),
          again,
          timeline,
        )
      case 'free':
        return vscode.window.showWarningMessage(
          vscode.l10n.t('No candidate has acquired {0} yet. The lease is released. Check that a candidate is running.', election),
          timeline,
        )
      case 'aborted':
        return vscode.window.showWarningMessage(abortionText(result, election), timeline)
    }
  })()
  if (picked === again) await app.run('failOver', [row])
  if (picked === timeline) await app.run('timeline', [row])
}

/** Why a failover did not come to its end, and the state in which it left the lease. */
function abortionText({ abortion, from, to }: FailoverResult, election: string): string {
  switch (abortion?.left) {
    case 'untouched':
      return abortion.cause === 'durationChanged' || abortion.cause === 'reacquired'
        ? vscode.l10n.t('The leader of {0} has acquired the lease again, or changed its lease duration, since the plan was made. No changes were made.', election)
        : vscode.l10n.t('The failover of {0} stopped before it changed anything.', election)
    case 'restored':
      return vscode.l10n.t('The failover of {0} was canceled and undone. {1} has renewed the lease since, and is the leader again.', election, short(from))
    case 'unrenewed':
      return vscode.l10n.t('The failover of {0} was canceled and undone, but {1} has not renewed the lease since.', election, short(from))
    case 'released':
      return to === ''
        ? vscode.l10n.t('The failover of {0} was canceled, but the old leader had stopped. The lease was released, and has no holder.', election)
        : vscode.l10n.t('The failover of {0} was canceled, but the old leader had stopped. The lease was released. Its holder is now {1}.', election, short(to))
    case 'handedOver':
      return vscode.l10n.t('The failover of {0} was canceled too late to undo. The lease was handed over to {1}, which has not renewed it yet.', election, short(to))
    default:
      return to === ''
        ? vscode.l10n.t('Another client changed {0} during the failover. The lease has no holder now. The failover stopped.', election)
        : vscode.l10n.t('Another client changed {0} during the failover. The holder is now {1}. The failover stopped.', election, short(to))
  }
}
