import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import type { FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Candidacies, CandidacyOptions } from '../joined/candidacies.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { cautionLines, counted, withProgress } from './failover-progress.ts'
import type { Needs } from './needs.ts'

/**
 * Joins an election from this window, and moves leadership from the current leader to this window with a failover. If
 * the person cancels, this window leaves the election, and the failover is undone if that is still possible.
 *
 * @param untilText How long this window leads at most, in words.
 * @returns Whether there was a leader to take over from. If not, no changes were made, and it is enough to join.
 */
export async function takeHere(app: Needs<'clock' | 'candidacies'>, handle: ElectionHandle, terms: CandidacyOptions, untilText: string): Promise<boolean> {
  const { clock, candidacies } = app
  const election = electionText(handle)
  const client = await handle.client()
  const identity = candidateIdentity()
  const consequence = vscode.l10n.t("After that, this window is the leader, and the election's work stops, {0}.", untilText)
  const plan = await confirmTake(app, handle, identity, consequence)
  if (!plan) return plan === undefined
  // If this window has joined in the meantime, its candidate would keep its identity, and the plan's would not be one.
  if (candidacies.of(handle)) throw new Error(vscode.l10n.t('This window has already joined {0}.', election))
  const taking = await candidacies.join(handle, { ...terms, identity })
  const result = await withProgress(vscode.l10n.t('Taking leadership of {0}', election), async (signal, report) => {
    signal.addEventListener('abort', () => void candidacies.leave(handle), { once: true })
    try {
      await taking.joined
    } catch (error) {
      // The person canceled, so the candidate left.
      if (signal.aborted) return undefined
      throw error
    }
    return counted(clock, report, plan.expectedLeaderlessMs.mostMs, (countdown) => takeLeadership(client, clock, plan, taking, (event) => countdown.take(event)))
  }).catch(async (error: unknown) => {
    // Leave the election. Otherwise this window could become the leader later, when the user no longer expects it.
    await candidacies.leave(handle)
    throw error
  })
  if (result && result.outcome !== 'moved') await giveUp(candidacies, handle, result, election)
  return true
}

/**
 * Plans to take leadership, and asks the person.
 *
 * @param consequence What the candidate does once it leads.
 * @returns the plan; null if there is no leader to take over from; undefined if the person cancels
 */
export async function confirmTake(
  { clock }: Needs<'clock'>,
  handle: ElectionHandle,
  identity: string,
  consequence: string,
): Promise<FailoverPlan | null | undefined> {
  const election = electionText(handle)
  const client = await handle.client()
  const { lock, namespace, name } = handle
  const request = { place: { lock, namespace, name }, identity, actor: actor() }
  const plan = await withProgress(vscode.l10n.t('Planning to take leadership of {0}: watching for renewals', election), (signal) =>
    planTake(client, clock, request, signal),
  )
  if (!plan) return plan
  const { from, expectedLeaderlessMs } = plan
  const detail = [
    vscode.l10n.t('Current leader: {0}{1}', short(from), ''),
    vscode.l10n.t('Time without a leader: up to {0}', spokenDuration(expectedLeaderlessMs.mostMs)),
    consequence,
    ...cautionLines(plan),
  ].join('\n')
  const yes = vscode.l10n.t('Take Leadership')
  const question = vscode.l10n.t('Take leadership of {0}?', election)
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes ? plan : undefined
}

/** Leaves the election, and shows in which state the lease is. */
async function giveUp(candidacies: Candidacies, handle: ElectionHandle, { to }: FailoverResult, election: string): Promise<void> {
  await candidacies.leave(handle)
  void vscode.window.showWarningMessage(
    to === ''
      ? vscode.l10n.t('Could not take leadership of {0}. The lease is free. This window has left the election.', election)
      : vscode.l10n.t('Could not take leadership of {0}. The holder is {1}. This window has left the election.', election, short(to)),
  )
}
