import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import { electionsIn, timelineIn, type RecordedSubject } from '../timeline/recording/read-recording.ts'
import type { Needs } from './needs.ts'

const LONGEST_NAME = 120

/** Asks for a recording of `kubectl leader record` and an election in it, and plays its timeline. */
export async function openRecording(app: Needs<'timelines'>): Promise<void> {
  const filters = { [vscode.l10n.t('Recordings')]: ['jsonl', 'gz'], [vscode.l10n.t('All files')]: ['*'] }
  const [uri] = (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Open Recording'), filters })) ?? []
  if (!uri) return
  const elections = await withProgress((signal) => electionsIn(uri.fsPath, signal))
  const chosen = await chooseElection(elections)
  if (!chosen) return
  const reasons = { stopped: vscode.l10n.t('The recorder was stopped.'), killed: vscode.l10n.t('The recorder was killed.') }
  app.timelines.play(uri.fsPath, chosen, await withProgress((signal) => timelineIn(uri.fsPath, chosen, reasons, signal)))
}

async function chooseElection(elections: readonly RecordedSubject[]): Promise<RecordedSubject | undefined> {
  if (elections.length === 0) throw new Error(vscode.l10n.t('This recording has no elections.'))
  const items = elections.map((election) => ({
    label: harmless(election.name, LONGEST_NAME),
    description: harmless(election.namespace, LONGEST_NAME),
    detail: vscode.l10n.t('Transitions: {0}', election.changes),
    election,
  }))
  const placeHolder = vscode.l10n.t('Election to show')
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.election
}

/** Reads with a notification, from which the person can cancel it. @throws vscode.CancellationError if so */
async function withProgress<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Reading the recording…'), cancellable: true }
  return vscode.window.withProgress(options, async (_, token) => {
    const over = new AbortController()
    token.onCancellationRequested(() => over.abort())
    try {
      return await read(over.signal)
    } catch (error) {
      if (over.signal.aborted) throw new vscode.CancellationError()
      throw error
    }
  })
}
