import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { actor } from '../../shared/actions/actor.ts'
import { planFailover, runFailover, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import type { Row } from '../tree/rows.ts'
import { cautionLines, counted, seconds, short, withProgress } from './failover-progress.ts'
import { electionOf } from './target.ts'

/** Moves leadership with no overlap: the plan and a question, progress that can be cancelled, and the verdict. */
export async function failOver(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const name = short(`${handle.namespace}/${handle.name}`)
  const client = await handle.client()
  const { lock, namespace } = handle
  const request = { place: { lock, namespace, name: handle.name }, actor: actor() }
  const plan = await withProgress(vscode.l10n.t('Planning the failover of {0}: watching it be renewed', name), (signal) =>
    planFailover(client, app.clock, request, signal),
  )
  if (!plan || !(await isConfirmed(plan, name))) return
  const result = await withProgress(vscode.l10n.t('Failing over {0}', name), (signal, report) =>
    counted(app.clock, report, (countdown) =>
      runFailover(client, app.clock, plan, { signal, onEvent: (event) => countdown.take(event) }),
    ),
  )
  if (result) await tellVerdict(app, row, result, name)
}

async function isConfirmed(plan: FailoverPlan, name: string): Promise<boolean> {
  const { from, holder, candidates, expectedLeaderlessMs, isOtherKnown } = plan
  const pod = holder?.name ? ` (${holder.kind} ${short(holder.name)})` : ''
  const others = candidates.filter((candidate) => candidate.name !== holder?.name).map((candidate) => short(candidate.name))
  const { leastMs, mostMs } = expectedLeaderlessMs
  const detail = [
    vscode.l10n.t('Leader: {0}{1}', short(from), pod),
    vscode.l10n.t('Beside it: {0}', others.length === 0 ? vscode.l10n.t('nobody who is known') : others.slice(0, 5).join(', ')),
    leastMs < 1_000
      ? vscode.l10n.t('Nobody will lead for up to {0}.', seconds(mostMs))
      : vscode.l10n.t('Nobody will lead for {0} to {1}.', seconds(leastMs), seconds(mostMs)),
    ...cautionLines(plan),
  ].join('\n')
  const yes = vscode.l10n.t('Fail Over')
  const question = vscode.l10n.t('Fail over the election {0}?', name)
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return false
  if (isOtherKnown) return true
  const sure = vscode.l10n.t('Fail Over Anyway')
  const warning = vscode.l10n.t('Nobody else is known who could lead {0}.', name)
  const consequence = vscode.l10n.t('If nobody else stands, nobody leads until the old leader comes back.')
  return (await vscode.window.showWarningMessage(warning, { modal: true, detail: consequence }, sure)) === sure
}

async function tellVerdict(app: App, row: Row | undefined, result: FailoverResult, name: string): Promise<void> {
  const again = vscode.l10n.t('Try Again')
  const timeline = vscode.l10n.t('Show Timeline')
  const to = short(result.pod?.name ?? result.to)
  const gap = seconds(result.leaderlessMs ?? 0)
  const picked = await (() => {
    switch (result.outcome) {
      case 'moved':
        return vscode.window.showInformationMessage(vscode.l10n.t('{0} moved to {1}. Nobody led for at most {2}.', name, to, gap), timeline)
      case 'returned':
        return vscode.window.showWarningMessage(
          vscode.l10n.t('{0} returned to {1}, which took it again before anyone else. Nobody led for at most {2}. Try again, or end the process that leads.', name, to, gap),
          again,
          timeline,
        )
      case 'free':
        return vscode.window.showWarningMessage(
          vscode.l10n.t('Nobody has taken {0} yet: it is free. See whether any of its candidates runs.', name),
          timeline,
        )
      case 'aborted':
        return vscode.window.showWarningMessage(abortionText(result, name), timeline)
    }
  })()
  if (picked === again) await app.run('failOver', [row])
  if (picked === timeline) await app.run('timeline', [row])
}

function abortionText({ abortion, from, to }: FailoverResult, name: string): string {
  const now = short(to) || vscode.l10n.t('nobody')
  switch (abortion?.left) {
    case 'untouched':
      return abortion.cause === 'durationChanged' || abortion.cause === 'reacquired'
        ? vscode.l10n.t('The leader of {0} has acquired the lease again, or changed its lease duration, since the plan was made. No changes were made.', name)
        : vscode.l10n.t('The failover of {0} stopped before it changed anything.', name)
    case 'restored':
      return vscode.l10n.t('The failover of {0} was canceled and undone. {1} has renewed the lease since, and is the leader again.', name, short(from))
    case 'unrenewed':
      return vscode.l10n.t('The failover of {0} was canceled and undone, but {1} has not renewed the lease since.', name, short(from))
    case 'released':
      return vscode.l10n.t('The failover of {0} was canceled, but the old leader had stopped. The lease was released. Its holder is now {1}.', name, now)
    case 'handedOver':
      return vscode.l10n.t('The failover of {0} was canceled too late to undo. The lease was handed over to {1}, which has not renewed it yet.', name, now)
    default:
      return vscode.l10n.t('Somebody else wrote {0} in between; it is now held by {1}. Nothing more was done.', name, now)
  }
}
