import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { scopeOf } from '../../shared/actions/failover-many.ts'
import { isAsAsked, planFailover, runFailover, tryFailover, type Draw, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Row } from '../tree/rows.ts'
import { candidateName, candidatePlace } from '../words/candidates.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { cautionLines, counted, TRY_MS, withProgress } from './failover-progress.ts'
import { askWish } from './failover-wish.ts'
import { moveMany } from './many-failovers.ts'
import type { Needs } from './needs.ts'
import { electionOf, selectedElections } from './target.ts'

/**
 * Moves leadership without overlapping leaders: a plan and a question, progress that can be canceled, and the result. If
 * several elections are selected, they have one plan and one question.
 */
export async function failOver(app: Needs<'view' | 'clusters' | 'source' | 'clock' | 'plans' | 'run'>, row: Row | undefined, rows: readonly Row[] = []): Promise<void> {
  const several = selectedElections(app, row, rows)
  if (several.length > 1) return failOverMany(app, several)
  const handle = await electionOf(app, row)
  const election = electionText(handle)
  const client = await handle.client()
  const { lock, namespace, name } = handle
  const place = { lock, namespace, name }
  const wish = await askWish(client, app.clock, handle)
  if (!wish) return
  const request = { place, actor: actor(), ...wish }
  const plan = await withProgress(vscode.l10n.t('Planning failover of {0}: watching for renewals', election), (signal) =>
    planFailover(client, app.clock, request, signal),
  )
  if (!plan) return
  const answer = await isConfirmed(plan, election)
  if (answer === 'try') {
    await tryFailover(client, app.clock, plan, AbortSignal.timeout(TRY_MS))
    void vscode.window.showInformationMessage(vscode.l10n.t('The API server would accept the failover of {0}. No changes were made.', election))
  }
  if (answer !== 'go') return
  const result = await withProgress(vscode.l10n.t('Failing over {0}', election), (signal, report) =>
    counted(app.clock, report, plan.expectedLeaderlessMs.mostMs, (countdown) =>
      runFailover(client, app.clock, plan, { signal, onEvent: (event) => countdown.take(event) }),
    ),
  )
  if (result) await showResult(app, row, plan, result, election)
}

async function failOverMany(app: Needs<'clock' | 'plans'>, handles: readonly ElectionHandle[]): Promise<void> {
  const [{ session }, ...others] = handles as [ElectionHandle, ...ElectionHandle[]]
  if (others.some((other) => other.session !== session)) {
    throw new Error(vscode.l10n.t('The selected elections are in several contexts. Select elections of one context.'))
  }
  const places = handles.map(({ lock, namespace, name }) => ({ lock, namespace, name }))
  await moveMany(app, session, { what: vscode.l10n.t('{0} elections', places.length), scope: scopeOf(places), places, onNodes: [] })
}

/** Whether to go on, or only to let the API server check the first write. Null if the person cancels. */
async function isConfirmed(plan: FailoverPlan, election: string): Promise<'go' | 'try' | null> {
  const { from, holder, candidates, draw, expectedLeaderlessMs, isOtherKnown } = plan
  const pod = holder?.name ? ` (${holder.kind} ${short(holder.name)})` : ''
  const others = candidates.map((candidate) => {
    const place = candidatePlace(candidate)
    return place === '' ? candidateName(candidate) : `${candidateName(candidate)} (${place})`
  })
  const detail = [
    vscode.l10n.t('Current leader: {0}{1}', short(from), pod),
    ...(plan.to === null ? [] : [vscode.l10n.t('New leader: {0}', short(plan.to))]),
    vscode.l10n.t('Other candidates: {0}', others.length === 0 ? vscode.l10n.t('none known') : others.slice(0, 5).join('; ')),
    vscode.l10n.t('Time without a leader: up to {0}', spokenDuration(expectedLeaderlessMs.mostMs)),
    ...(draw ? drawLines(draw) : []),
    ...cautionLines(plan),
  ].join('\n')
  const yes = vscode.l10n.t('Fail Over')
  const question = vscode.l10n.t('Fail over {0}?', election)
  const trial = vscode.l10n.t('Dry Run')
  const picked = await vscode.window.showWarningMessage(question, { modal: true, detail }, yes, trial)
  if (picked === trial) return 'try'
  if (picked !== yes) return null
  if (isOtherKnown) return 'go'
  const sure = vscode.l10n.t('Fail Over Anyway')
  const warning = vscode.l10n.t('No other candidate is known for {0}.', election)
  const consequence = vscode.l10n.t('If there is no other candidate, there is no leader until the old leader acquires the lease again.')
  return (await vscode.window.showWarningMessage(warning, { modal: true, detail: consequence }, sure)) === sure ? 'go' : null
}

/** What a draw is, and what to expect of it. */
function drawLines({ tries, accepted, chance, mostChance, expectedTries, expectedMs }: Draw): readonly string[] {
  const wanted = accepted.map(candidateName).join(', ')
  return [
    vscode.l10n.t('The identity is not known, so the new leader is left to chance. The first candidate to acquire the lease becomes the leader. Wanted: {0}', wanted),
    vscode.l10n.t('At most {0} tries. If all candidates are equally fast, one of the tries succeeds with a probability of {1}% if the restarted old leader takes part, otherwise of {2}%. Each try can restart a program.', tries, Math.round(chance * 100), Math.round(mostChance * 100)),
    vscode.l10n.t('Expect {0} tries, {1} in all.', expectedTries.toFixed(1), spokenDuration(expectedMs)),
  ]
}

async function showResult(app: Needs<'run'>, row: Row | undefined, plan: FailoverPlan, result: FailoverResult, election: string): Promise<void> {
  const again = vscode.l10n.t('Try Again')
  const timeline = vscode.l10n.t('Show Timeline')
  const to = short(result.pod?.name ?? result.to)
  const leaderless = spokenDuration(result.leaderlessMs ?? 0)
  const picked = await (() => {
    switch (result.outcome) {
      case 'moved':
        if (!isAsAsked(plan, result)) {
          return vscode.window.showWarningMessage(
            vscode.l10n.t('Leadership of {0} moved to {1}, not to the candidate that you chose. There was no leader for at most {2}.', election, to, leaderless),
            timeline,
          )
        }
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
