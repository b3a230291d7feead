import * as vscode from 'vscode'
import type { Verdict } from '../../shared/actions/failover-many.ts'
import type { FailoverResult } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { withAdvice } from '../advice.ts'
import { spokenDuration } from '../words/durations.ts'
import { short } from '../words/election-text.ts'
import { podOnNode } from './failover-table.ts'

const LONGEST = 500

/** What became of one of several elections, for a cell of a table. */
export function verdictText({ outcome, result, message, phrase, remedy }: Verdict): string {
  const why = (): string => harmless(withAdvice({ message: message ?? '', phrase, remedy }), LONGEST)
  switch (outcome) {
    case 'moved':
      return vscode.l10n.t('moved to {0}, no leader for at most {1}', leaderText(result!), spokenDuration(result!.leaderlessMs ?? 0))
    case 'returned':
      return vscode.l10n.t('returned to the old leader, as {0}', leaderText(result!))
    case 'not-emptied':
      return vscode.l10n.t('the new leader {0} is on an excluded node. Leadership is not moved again.', leaderText(result!))
    case 'free':
      return vscode.l10n.t('released, but no candidate has acquired it yet')
    case 'aborted':
      return abortedText(result!)
    case 'not-started':
      return vscode.l10n.t('not started')
    case 'left':
      return vscode.l10n.t('not moved: {0}', why())
    case 'failed':
      return vscode.l10n.t('failed: {0}', why())
  }
}

function leaderText({ pod, to }: FailoverResult): string {
  return podOnNode(pod?.name ?? to, pod?.node ?? null)
}

function abortedText({ abortion, from, to }: FailoverResult): string {
  switch (abortion?.left) {
    case 'untouched':
      return vscode.l10n.t('canceled. No changes were made.')
    case 'restored':
      return vscode.l10n.t('undone: {0} is the leader again', short(from))
    case 'unrenewed':
      return vscode.l10n.t('undone, but {0} has not renewed the lease since', short(from))
    case 'released':
      return to === '' ? vscode.l10n.t('too late to undo: released') : vscode.l10n.t('too late to undo: led by {0} now', short(to))
    case 'handedOver':
      return vscode.l10n.t('too late to undo: handed over to {0}, which has not renewed the lease yet', short(to))
    default:
      return to === '' ? vscode.l10n.t('changed by another client: no holder') : vscode.l10n.t('changed by another client: held by {0}', short(to))
  }
}
