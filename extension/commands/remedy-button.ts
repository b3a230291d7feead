import * as vscode from 'vscode'
import { kubeconfigFiles } from '../../shared/cluster/connection/kubeconfig.ts'
import { commandLine, type Remedy } from '../../shared/remedy.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'

/** A button that does what a message advises. */
export interface RemedyButton {
  readonly title: string
  press(): unknown
}

/** What a message is about. */
export interface RemedyScene {
  readonly row: Row | undefined
  /** Does once more what failed. */
  readonly retry: () => unknown
}

/** The button for a remedy; null if nothing in this window can do it. */
export function buttonFor(app: Needs<'source' | 'run'>, remedy: Remedy, { row, retry }: RemedyScene): RemedyButton | null {
  const openKubeconfig = (file?: string): RemedyButton => ({
    title: vscode.l10n.t('Open Kubeconfig'),
    press: () => openFiles(file === undefined ? kubeconfigFiles(app.source.file, process.env) : [file]),
  })
  const chooseContexts = { title: vscode.l10n.t('Choose Contexts'), press: () => app.run('chooseContexts', []) }
  switch (remedy.kind) {
    case 'choose':
      return remedy.entry === 'context' ? chooseContexts : openKubeconfig()
    case 'logIn':
    case 'installPlugin':
      return chooseContexts
    case 'chooseKubeconfig':
      return { title: vscode.l10n.t('Choose Kubeconfig…'), press: () => app.run('chooseKubeconfig', []) }
    case 'fixKubeconfig':
      return openKubeconfig(remedy.file)
    case 'impersonateUser':
    case 'checkCertificateAuthority':
    case 'setTlsServerName':
      return openKubeconfig()
    case 'raiseTimeout':
      return { title: vscode.l10n.t('Try Again'), press: retry }
    case 'override':
    case 'nameSuccessor':
    case 'chooseCandidate':
    case 'draw':
      return { title: vscode.l10n.t('Open Terminal'), press: () => app.run('openTerminal', [row]) }
    case 'failOver':
      return { title: vscode.l10n.t('Fail Over'), press: () => app.run('failOver', [row]) }
    case 'run':
      return { title: vscode.l10n.t('Copy Command'), press: () => vscode.env.clipboard.writeText(commandLine(remedy.command)) }
    case 'askForPermission':
    case 'useOneOf':
      return null
  }
}

/** Shows a message with the button of its remedy, if it has one. */
export async function showWithButton(
  show: (text: string, ...titles: string[]) => Thenable<string | undefined>,
  text: string,
  button: RemedyButton | null,
): Promise<void> {
  const picked = await show(text, ...(button ? [button.title] : []))
  if (button && picked === button.title) await button.press()
}

async function openFiles(files: readonly string[]): Promise<void> {
  for (const file of files) await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false })
}
