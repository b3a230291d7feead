import * as vscode from 'vscode'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import type { NotKept, NotReleased } from '../../shared/keep/machine/keep-machine.ts'
import { errorText } from '../advice.ts'
import { short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'

type KeepEventType = Exclude<KeepEvent['type'], 'error' | 'identified'>

/** What a session in keep mode shows in the call stack. */
export function keepState(type: 'running' | KeepEventType): string {
  switch (type) {
    case 'stopped':
      return vscode.l10n.t('Paused')
    case 'keeping':
    case 'kept':
      return vscode.l10n.t('Paused, lease kept')
    case 'not-kept':
      return vscode.l10n.t('Paused, lease not kept')
    default:
      return vscode.l10n.t('Waiting for a pause')
  }
}

/** What has happened, as a line of the Debug Console; null for each renewal. It contains text from the cluster as it is. */
export function keepEventText(event: KeepEvent): string | null {
  switch (event.type) {
    case 'kept':
      return null
    case 'error':
      return errorText(event.error)
    case 'stopped':
      return vscode.l10n.t('The program is paused.')
    case 'resumed':
      return vscode.l10n.t('The program runs.')
    case 'ended':
      return vscode.l10n.t('The program has ended.')
    case 'identified':
      return vscode.l10n.t('The program is the candidate {0}.', short(event.identity))
    case 'keeping':
      return event.leftMs === null
        ? vscode.l10n.t('This window renews the lease in the name of the program.')
        : vscode.l10n.t('This window renews the lease in the name of the program, for at most {0} more.', spokenDuration(event.leftMs))
    case 'not-kept':
      return vscode.l10n.t('The lease is not kept: {0}.', notKeptText(event.why, event.holderIdentity))
    case 'released':
      return vscode.l10n.t('The lease was released.')
    case 'not-released':
      return vscode.l10n.t('The lease was not released: {0}.', notReleasedText(event.why))
  }
}

function notKeptText(why: NotKept, holderIdentity: string): string {
  switch (why) {
    case 'missing':
      return vscode.l10n.t('it does not exist')
    case 'released':
      return vscode.l10n.t('it was released')
    case 'other-holder':
      return vscode.l10n.t('{0} holds it', short(holderIdentity))
    case 'unidentified':
      return vscode.l10n.t('it is not known which holder the program is; set "identity", or pause it twice, shortly')
    case 'ambiguous':
      return vscode.l10n.t('more than one holder matches the program')
    case 'unproven':
      return vscode.l10n.t('the program was not observed renewing it, in this term, before the pause')
    case 'given-up':
      return vscode.l10n.t('the program had stopped renewing it before the pause')
    case 'renewed':
      return vscode.l10n.t('another process renews it with the same identity')
    case 'expired':
      return vscode.l10n.t('it has expired')
    case 'no-duration':
      return vscode.l10n.t('it has no lease duration')
    case 'coordinated':
      return vscode.l10n.t('the API server chooses the leader of this election')
    case 'limit':
      return vscode.l10n.t('the maximum hold time was reached, and it expires')
  }
}

function notReleasedText(why: NotReleased): string {
  switch (why) {
    case 'missing':
      return vscode.l10n.t('it does not exist')
    case 'released':
      return vscode.l10n.t('the program has released it')
    case 'other-holder':
      return vscode.l10n.t('another candidate holds it')
    case 'changed':
      return vscode.l10n.t('it was written after the program had ended')
    case 'expired':
      return vscode.l10n.t('it has expired')
    case 'renewed':
      return vscode.l10n.t('another process renews it with the same identity')
    case 'coordinated':
      return vscode.l10n.t('the API server chooses the leader of this election')
    case 'unidentified':
    case 'unproven':
    case 'unseen':
    case 'unanswered':
      return vscode.l10n.t('it is not certain that its holder has ended, so it expires')
  }
}
