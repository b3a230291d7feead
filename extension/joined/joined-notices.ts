import * as vscode from 'vscode'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { electionText } from '../words/election-text.ts'
import type { Joined, JoinedNews, JoinedSource } from './joined.ts'

/** Notifies the person when this window becomes the leader, loses leadership, or has to leave. Returns a function that ends this. */
export function showJoinedNotices(joined: JoinedSource): () => void {
  return joined.onNews((news) => void show(news))
}

async function show(news: JoinedNews): Promise<void> {
  const { joined } = news
  const election = electionText(joined.handle)
  if (news.type === 'failed') {
    const reason = harmless(news.reason, 500)
    void vscode.window.showErrorMessage(vscode.l10n.t('This window has left the election {0}: {1}', election, reason))
    return
  }
  const leave = vscode.l10n.t('Leave')
  if (news.type === 'started-leading') {
    const answer = await vscode.window.showInformationMessage(nowLeads(joined, election), leave)
    return answer === leave ? joined.leave() : undefined
  }
  const { reason } = news
  if (reason === 'stopped') return
  if (reason === 'failed') {
    // The candidate leaves on its own. The reason is shown once it has left.
    void vscode.window.showWarningMessage(vscode.l10n.t('This window is no longer the leader of {0}: it cannot continue, and leaves the election.', election))
    return
  }
  const text =
    joined.by === 'window'
      ? vscode.l10n.t('This window is no longer the leader of {0}: {1}. It waits as a standby.', election, reasonText(reason))
      : vscode.l10n.t('The task is no longer the leader of {0}: {1}. Its command was stopped, and it waits as a standby.', election, reasonText(reason))
  if ((await vscode.window.showWarningMessage(text, leave)) === leave) await joined.leave()
}

/** By how much a term is extended at a time. */
export const EXTENSION_MS = 600_000

/** Warns that the maximum hold time is nearly over. */
export async function warnOfEnd(joined: Joined): Promise<void> {
  const { extend } = joined
  const election = electionText(joined.handle)
  const [extending, leaving] = [vscode.l10n.t('Extend by 10 Minutes'), vscode.l10n.t('Leave')]
  const text = vscode.l10n.t('The lease of {0} will be released in one minute: the maximum hold time is nearly over.', election)
  const answer = await vscode.window.showWarningMessage(text, ...(extend ? [extending] : []), leaving)
  if (answer === extending) extend?.(EXTENSION_MS)
  if (answer === leaving) await joined.leave()
}

function nowLeads({ by }: JoinedNews['joined'], election: string): string {
  return by === 'window'
    ? vscode.l10n.t('This window is now the leader of {0}.', election)
    : vscode.l10n.t('The task is now the leader of {0}, and runs its command.', election)
}

/** Why a term ended, in a clause. */
export function reasonText(reason: Exclude<StopReason, 'failed'>): string {
  switch (reason) {
    case 'max-hold':
      return vscode.l10n.t('the maximum hold time was reached')
    case 'deadline':
      return vscode.l10n.t('the lease was not renewed before the renew deadline')
    case 'taken':
    case 'stranger':
      return vscode.l10n.t('another candidate holds the lease')
    case 'emptied':
      return vscode.l10n.t('another client released the lease')
    case 'deleted':
      return vscode.l10n.t('another client deleted the lease')
    case 'blocked':
      return vscode.l10n.t('a failover is moving leadership')
    case 'unhealthy':
      return vscode.l10n.t('its health check failed')
    case 'stopped':
    case 'work-ended':
      return vscode.l10n.t('it left the election')
  }
}
