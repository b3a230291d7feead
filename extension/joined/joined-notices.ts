import * as vscode from 'vscode'
import type { StopReason } from '../../shared/election/index.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Candidacies, CandidacyNews } from './candidacies.ts'

/** Tells the person when this window begins to lead, when it has lost that, and when it can't stand any more; returns what ends that. */
export function showJoinedNotices(candidacies: Candidacies): () => void {
  return candidacies.onNews((news) => void show(candidacies, news))
}

async function show(candidacies: Candidacies, news: CandidacyNews): Promise<void> {
  const name = harmless(`${news.handle.namespace}/${news.handle.name}`, 200)
  if (news.type === 'failed') {
    const reason = harmless(news.reason, 500)
    void vscode.window.showErrorMessage(vscode.l10n.t('This window no longer stands in {0}: {1}', name, reason))
    return
  }
  const leave = vscode.l10n.t('Leave')
  if (news.type === 'started-leading') {
    const answer = await vscode.window.showInformationMessage(vscode.l10n.t('This window leads {0} now.', name), leave)
    return answer === leave ? candidacies.leave(news.handle) : undefined
  }
  const { reason } = news
  if (reason === 'stopped') return
  if (reason === 'failed') {
    // It leaves by itself. Why is told once it has left.
    void vscode.window.showWarningMessage(vscode.l10n.t("This window no longer leads {0}: it can't go on, and leaves the election.", name))
    return
  }
  const text = vscode.l10n.t('This window no longer leads {0}: {1}. It stands by.', name, reasonText(reason))
  if ((await vscode.window.showWarningMessage(text, leave)) === leave) await candidacies.leave(news.handle)
}

function reasonText(reason: Exclude<StopReason, 'failed'>): string {
  switch (reason) {
    case 'max-hold':
      return vscode.l10n.t('it has led for as long as it was to')
    case 'deadline':
      return vscode.l10n.t('the lease could not be renewed in time')
    case 'taken':
    case 'stranger':
      return vscode.l10n.t('another candidate holds it')
    case 'emptied':
      return vscode.l10n.t('somebody released it')
    case 'deleted':
      return vscode.l10n.t('its object was deleted')
    case 'blocked':
      return vscode.l10n.t('a failover moves it')
    case 'stopped':
    case 'work-ended':
      return vscode.l10n.t('it was left')
  }
}
