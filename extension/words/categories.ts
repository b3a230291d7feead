import * as vscode from 'vscode'
import type { Confidence } from '../../shared/cluster/holders/holder.ts'
import type { Category } from '../../shared/lease/category.ts'

/** What leases of a category are used for. */
export function categoryText(category: Category): string {
  switch (category) {
    case 'election':
      return vscode.l10n.t('Leader elections')
    case 'node':
      return vscode.l10n.t('Node heartbeats')
    case 'apiserver':
      return vscode.l10n.t('API server identities')
    case 'other':
      return vscode.l10n.t('Other uses of leases')
  }
}

/** How sure it is which Pod or Node an identity belongs to. */
export function confidenceText(confidence: Confidence): string {
  switch (confidence) {
    case 'exact':
      return vscode.l10n.t('exact')
    case 'derived':
      return vscode.l10n.t('inferred')
    case 'none':
      return vscode.l10n.t('unknown')
  }
}
