import * as vscode from 'vscode'
import { commandLine, endOf, hintInOneLine, remedyOf, type Advised, type Remedy } from '../shared/remedy.ts'
import { errorMessage } from './words/errors.ts'
import { messageText } from './words/phrases.ts'

/** What a person can do, in VS Code's terms and language. It contains names from kubeconfigs and clusters as they are. */
export function adviceText(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'choose':
      return remedy.entry === 'context' ? vscode.l10n.t('Choose another context.') : correct(remedy.entry)
    case 'chooseKubeconfig':
      return vscode.l10n.t('Choose another kubeconfig.')
    case 'fixKubeconfig':
      return correct(remedy.entry)
    case 'useOneOf':
      return vscode.l10n.t('Use only one of {0}.', remedy.settings.join(', '))
    case 'impersonateUser':
      return vscode.l10n.t('Add the user to impersonate ("as") to the kubeconfig.')
    case 'checkCertificateAuthority':
      return vscode.l10n.t('Check the certificate-authority of the cluster in the kubeconfig.')
    case 'setTlsServerName':
      return vscode.l10n.t('Use one of them in the server URL, or as the tls-server-name of the cluster in the kubeconfig.')
    case 'logIn':
      return vscode.l10n.t('Log in again, or choose another context.')
    case 'installPlugin':
      return remedy.hint === undefined ? vscode.l10n.t('Install it, or choose another context.') : hintInOneLine(remedy.hint)
    case 'raiseTimeout':
      return vscode.l10n.t('Try again.')
    case 'askForPermission':
      return vscode.l10n.t('Ask for a Role that grants it.')
    case 'override':
      return vscode.l10n.t('To override this check, use kubectl leader with --force in a terminal.')
    case 'nameSuccessor':
      return vscode.l10n.t('To choose the new leader, use Fail Over and pick a candidate.')
    case 'chooseCandidate':
      return adviceText({ kind: 'nameSuccessor' })
    case 'draw':
      return vscode.l10n.t('To release the lease up to three times, until this candidate happens to acquire it, use Fail Over and pick the candidate.')
    case 'failOver':
      return vscode.l10n.t('To move leadership, use Fail Over.')
    case 'run':
      return vscode.l10n.t('Next: {0}', commandLine(remedy.command))
  }
}

/** @param entry as the kubeconfig calls it: not translated */
function correct(entry: string): string {
  return vscode.l10n.t('Correct the {0} in the kubeconfig.', entry)
}

/** A message with what can be done about it. */
export function withAdvice({ remedy, ...said }: Advised): string {
  const message = messageText(said)
  return remedy ? `${message}${endOf(message)} ${adviceText(remedy)}` : message
}

/** An error with advice, in the language of the person. It contains text from the cluster as it is there. */
export function errorText(error: unknown): string {
  return withAdvice({ message: errorMessage(error), remedy: remedyOf(error) })
}
