import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { actor } from '../../shared/actions/actor.ts'
import type { FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Candidacies, CandidacyOptions } from '../joined/candidacies.ts'
import { cautionLines, counted, seconds, short, withProgress } from './failover-progress.ts'

/** What `takeHere` needs to know of the whole. */
type Surroundings = Pick<App, 'clock' | 'candidacies'>

/**
 * Stands in an election from this window, and has leadership moved to it from whoever leads, by the road of a failover.
 * Cancelled, it leaves, and what can be undone is.
 *
 * @param untilText How long it is to lead at most, in words.
 * @returns whether there was something to take; otherwise nothing was done: to stand is enough
 */
export async function takeHere(app: Surroundings, handle: ElectionHandle, terms: CandidacyOptions, untilText: string): Promise<boolean> {
  const { clock, candidacies } = app
  const election = short(`${handle.namespace}/${handle.name}`)
  const client = await handle.client()
  const { lock, namespace, name } = handle
  const identity = candidateIdentity()
  const request = { place: { lock, namespace, name }, identity, actor: actor() }
  const plan = await withProgress(vscode.l10n.t('Planning to take {0}: watching it be renewed', election), (signal) =>
    planTake(client, clock, request, signal),
  )
  if (plan === null) return false
  if (!plan || !(await isConfirmed(plan, election, untilText))) return true
  // The person may have stood by meanwhile; then that candidate would stay, and nobody stand under the plan's identity.
  if (candidacies.of(handle)) throw new Error(vscode.l10n.t('This window stands in {0} already.', election))
  const taking = await candidacies.join(handle, { ...terms, identity })
  const result = await withProgress(vscode.l10n.t('Taking {0}', election), async (signal, report) => {
    signal.addEventListener('abort', () => void candidacies.leave(handle), { once: true })
    try {
      await taking.standing
    } catch (error) {
      // It has left because it was told to.
      if (signal.aborted) return undefined
      throw error
    }
    return counted(clock, report, (countdown) => takeLeadership(client, clock, plan, taking, (event) => countdown.take(event)))
  }).catch(async (error: unknown) => {
    // It is not to lead by surprise, whenever the others are gone.
    await candidacies.leave(handle)
    throw error
  })
  if (result && result.outcome !== 'moved') await giveUp(candidacies, handle, result, election)
  return true
}

async function isConfirmed(plan: FailoverPlan, election: string, untilText: string): Promise<boolean> {
  const { from, expectedLeaderlessMs } = plan
  const detail = [
    vscode.l10n.t('Leader: {0}{1}', short(from), ''),
    vscode.l10n.t('Nobody will lead for up to {0}.', seconds(expectedLeaderlessMs.mostMs)),
    vscode.l10n.t('Then this window leads, and nobody does the work, {0}.', untilText),
    ...cautionLines(plan),
  ].join('\n')
  const yes = vscode.l10n.t('Take Leadership')
  const question = vscode.l10n.t('Take leadership of the election {0}?', election)
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes
}

/** Leaves, and says how the election is left. */
async function giveUp(candidacies: Candidacies, handle: ElectionHandle, { to }: FailoverResult, election: string): Promise<void> {
  await candidacies.leave(handle)
  void vscode.window.showWarningMessage(
    to === ''
      ? vscode.l10n.t('{0} was not taken; it is free for whoever comes first. This window has left it.', election)
      : vscode.l10n.t('{0} was not taken; it is held by {1}. This window has left it.', election, short(to)),
  )
}
