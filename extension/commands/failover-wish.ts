import * as vscode from 'vscode'
import type { FailoverRequest } from '../../shared/actions/failover.ts'
import type { Candidate } from '../../shared/candidates/candidate.ts'
import { readCandidates } from '../../shared/candidates/read-candidates.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { candidateName, candidatePlace, identityText, lastLedText, lastSeenText } from '../words/candidates.ts'
import { electionText } from '../words/election-text.ts'

/** How often a person can have a candidate drawn whose identity is not known. */
const TRIES = 3

/** What a person wishes of a failover. */
export type FailoverWish = Pick<FailoverRequest, 'to' | 'tries' | 'reason'>

/** Asks for the new leader, if candidates are known, and for a reason. Undefined if the person cancels. */
export async function askWish(client: ApiClient, clock: Clock, handle: ElectionHandle): Promise<FailoverWish | undefined> {
  const title = vscode.l10n.t('Fail over {0}', electionText(handle))
  const { candidates } = await readCandidates(client, clock, handle)
  const leader = await askLeader(title, candidates.filter(({ isLeader }) => !isLeader), clock.wallMs())
  if (!leader) return undefined
  const reason = await askReason(title)
  return reason === undefined ? undefined : { ...leader, ...reason }
}

/** Asks for a reason. Undefined if the person cancels. */
export async function askReason(title: string): Promise<Pick<FailoverRequest, 'reason'> | undefined> {
  const prompt = vscode.l10n.t('Reason to record in the Events of the election (optional)')
  const reason = await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true })
  if (reason === undefined) return undefined
  return reason.trim() === '' ? {} : { reason: reason.trim() }
}

async function askLeader(title: string, candidates: readonly Candidate[], wallMs: number): Promise<Pick<FailoverRequest, 'to' | 'tries'> | undefined> {
  if (candidates.length === 0) return {}
  const items: (vscode.QuickPickItem & { readonly candidate?: Candidate })[] = [
    { label: vscode.l10n.t('The first candidate to acquire the lease') },
    ...candidates.map((candidate) => ({
      label: candidateName(candidate),
      description: candidatePlace(candidate),
      detail: [identityText(candidate), lastLedText(candidate, wallMs), lastSeenText(candidate, wallMs)].filter((text) => text !== null).join(' · '),
      candidate,
    })),
  ]
  const options = { title, placeHolder: vscode.l10n.t('New leader'), matchOnDescription: true, ignoreFocusOut: true }
  const picked = await vscode.window.showQuickPick(items, options)
  if (!picked) return undefined
  const { candidate } = picked
  if (!candidate) return {}
  return candidate.identity === null ? askDraw(candidate) : { to: candidate.identity }
}

/** A lease can only be handed over to an identity. Without one, the candidate can only be drawn. */
async function askDraw(candidate: Candidate): Promise<Pick<FailoverRequest, 'to' | 'tries'> | undefined> {
  const name = candidateName(candidate)
  const question = vscode.l10n.t('The holder identity of {0} is not known, and a lease can only be handed over to an identity.', name)
  const detail = [
    vscode.l10n.t('The identity becomes known when the candidate has led after the start of its container. kubectl-leader candidates announce it, if they may create Events.'),
    vscode.l10n.t('A failover can release the lease up to {0} times, until this candidate happens to acquire it first. Each try can restart a program.', TRIES),
  ].join('\n')
  const yes = vscode.l10n.t('Plan Several Tries')
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return undefined
  return { to: `pod/${candidate.pod!.name}`, tries: TRIES }
}
