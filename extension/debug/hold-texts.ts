import * as vscode from 'vscode'
import type { FailoverEvent } from '../../shared/actions/failover.ts'
import { reasonText } from '../joined/joined-notices.ts'
import { spokenDuration } from '../words/durations.ts'
import type { EndCause, HoldEvent } from './hold-session.ts'

/** Why a debugged program ends. */
export function causeText(cause: EndCause): string {
  switch (cause.type) {
    case 'program-ended':
      return vscode.l10n.t('The program has ended.')
    case 'not-started':
      return vscode.l10n.t('The program could not be started.')
    case 'stopped':
      return vscode.l10n.t('Ending the program.')
    case 'max-hold':
      return vscode.l10n.t('Ending the program: the maximum hold time was reached.')
    case 'watchdog-lost':
      return vscode.l10n.t('The watchdog process was stopped or killed, so the program was killed.')
    case 'lost':
      return cause.reason === 'failed' || cause.reason === 'stopped'
        ? vscode.l10n.t('Ending the program.')
        : vscode.l10n.t('Ending the program: {0}.', reasonText(cause.reason))
  }
}

/** What a failover does to take leadership, as a line of the Debug Console; null if that is not worth one. */
export function takingText({ type }: FailoverEvent): string | null {
  if (type === 'leader-stopped') return vscode.l10n.t('The old leader has stopped.')
  return type === 'blocked' ? vscode.l10n.t('The lease is blocked until the leader must have stopped.') : null
}

export function notGuaranteedText(): string {
  return vscode.l10n.t('It is not certain that the program has ended, so the lease was not released. It expires on its own.')
}

/** Notifies the person of an end that they did not ask for. */
export async function showEnd(election: string, { cause, isCertain }: HoldEvent & { readonly type: 'ended' }): Promise<void> {
  const isAsked = cause.type === 'stopped' || cause.type === 'program-ended' || (cause.type === 'lost' && cause.reason === 'stopped')
  if (isAsked && isCertain) return
  const parts = [causeText(cause), ...(isCertain ? [] : [notGuaranteedText()])]
  await vscode.window.showWarningMessage(vscode.l10n.t('Debugging as the leader of {0} has ended. {1}', election, parts.join(' ')))
}

/** Asks what to do as the end of the maximum hold time is near; null if the person does not answer. */
export async function showLimitNear(election: string, leftMs: number, extensionMs: number): Promise<'extend' | 'release' | null> {
  const extend = vscode.l10n.t('Extend by {0}', spokenDuration(extensionMs))
  const release = vscode.l10n.t('Release')
  const text = vscode.l10n.t('In {0}, the program that leads {1} is ended, and the lease is released.', spokenDuration(leftMs), election)
  const answer = await vscode.window.showWarningMessage(text, extend, release)
  return answer === extend ? 'extend' : answer === release ? 'release' : null
}
