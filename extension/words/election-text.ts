import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'

/**
 * An election in a sentence: `shop/gateway-controller in context prod-eu`. Every question, progress title, notification
 * and tooltip that is about one election uses it, because elections of different clusters often have the same name.
 */
export function electionText({ contextName, namespace, name }: Pick<ElectionHandle, 'contextName' | 'namespace' | 'name'>): string {
  return vscode.l10n.t('{0} in context {1}', short(`${namespace}/${name}`), short(contextName))
}

/** Text from the cluster or the kubeconfig, for a sentence. */
export function short(text: string): string {
  return harmless(text, 120)
}
