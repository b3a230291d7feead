import * as vscode from 'vscode'
import type { Basis, State } from '../../shared/lease/status.ts'

/** A state in the language of the person. In English, it is the name that the command line prints. */
export function stateText(state: State): string {
  switch (state) {
    case 'held':
      return vscode.l10n.t('held')
    case 'late':
      return vscode.l10n.t('late')
    case 'expired':
      return vscode.l10n.t('expired')
    case 'released':
      return vscode.l10n.t('released')
    case 'blocked':
      return vscode.l10n.t('blocked')
    case 'unknown':
      return vscode.l10n.t('unknown')
  }
}

/** How a state is known. */
export function basisText(basis: Basis): string {
  return basis === 'observed' ? vscode.l10n.t('observed') : vscode.l10n.t("recorded (holder's clock)")
}
