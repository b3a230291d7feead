import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { electorConfig } from '../../shared/election/config.ts'
import { timingsFor, type Timings } from '../../shared/election/timings.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Row } from '../tree/rows.ts'
import { askDuration, parseDuration } from './duration-input.ts'
import { joinInTerminal } from './join-in-terminal.ts'
import { electionOf } from './target.ts'

/** Stands in an election from this window; with a command, in a terminal that runs it while leading. */
export async function join(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const record = handle.read()?.election.record ?? null
  const title = vscode.l10n.t('Join {0}', harmless(handle.name, 100))
  const how = await chooseHow(app, title)
  if (!how) return
  if (how.command !== '') return joinInTerminal(app, handle, how.command)
  const timings = how.isByHand ? await askTimings(title, timingsFor({}, record)) : timingsFor({}, record)
  if (!timings) return
  const prompt = vscode.l10n.t('For how long to lead at most at a time, like 10m; 0 is without limit')
  const maxHoldMs = how.isByHand ? await askDuration(title, prompt, app.settings.maxHold) : (parseDuration(app.settings.maxHold) ?? 0)
  if (maxHoldMs === undefined) return
  check(timings, maxHoldMs)
  if (!(await isConfirmed(handle, record?.holderIdentity ?? '', maxHoldMs))) return
  await app.candidacies.join(handle, { timings, maxHoldMs })
}

interface How {
  readonly isByHand: boolean
  readonly command: string
}

async function chooseHow({ settings, clusters }: App, title: string): Promise<How | undefined> {
  const { joinCommand } = settings
  const none = { isByHand: false, command: '' }
  const items: (vscode.QuickPickItem & { readonly how: How | 'ask' })[] = [
    { label: vscode.l10n.t('Hold leadership from this window'), description: vscode.l10n.t("with the holder's timings"), how: none },
    { label: vscode.l10n.t('Choose the timings…'), how: { isByHand: true, command: '' } },
  ]
  if (vscode.workspace.isTrusted && clusters.sessions.length > 0) {
    if (joinCommand !== '') items.push({ label: vscode.l10n.t('Run "{0}" while leading', joinCommand), how: { isByHand: false, command: joinCommand } })
    items.push({ label: vscode.l10n.t('Run a command in a terminal while leading…'), how: 'ask' })
  }
  const picked = await vscode.window.showQuickPick(items, { title })
  if (picked?.how !== 'ask') return picked?.how
  const command = await vscode.window.showInputBox({ title, prompt: vscode.l10n.t('The command to run while leading'), value: joinCommand })
  return command === undefined || command.trim() === '' ? undefined : { isByHand: false, command: command.trim() }
}

async function askTimings(title: string, timings: Timings): Promise<Timings | undefined> {
  const seconds = (ms: number): string => `${ms / 1000}s`
  const leaseDurationMs = await askDuration(title, vscode.l10n.t('Lease duration: the same as all other candidates have'), seconds(timings.leaseDurationMs))
  if (leaseDurationMs === undefined) return undefined
  const renewDeadlineMs = await askDuration(title, vscode.l10n.t('Renew deadline: how long to lead on without a renewal'), seconds(timings.renewDeadlineMs))
  if (renewDeadlineMs === undefined) return undefined
  const retryPeriodMs = await askDuration(title, vscode.l10n.t('Retry period: the time between two tries'), seconds(timings.retryPeriodMs))
  return retryPeriodMs === undefined ? undefined : { leaseDurationMs, renewDeadlineMs, retryPeriodMs }
}

/** @throws InvalidElectorOption */
function check(timings: Timings, maxHoldMs: number): void {
  const never = (): Promise<never> => Promise.reject(new Error('not to be called'))
  electorConfig({ lock: { description: '', read: never, create: never, update: never }, identity: 'this', maxHoldMs, ...timings })
}

async function isConfirmed(handle: ElectionHandle, holderIdentity: string, maxHoldMs: number): Promise<boolean> {
  const until = maxHoldMs === 0 ? vscode.l10n.t('until you leave') : vscode.l10n.t('for at most {0} s at a time', maxHoldMs / 1000)
  const detail =
    holderIdentity === ''
      ? vscode.l10n.t('Nobody holds it now. While this window leads, nobody else does their work, {0}.', until)
      : vscode.l10n.t(
          'It is held by {0}. This window stands by until that one is gone. When it leads, the others stop their work, and nobody does it, {1}.',
          harmless(holderIdentity, 200),
          until,
        )
  const yes = vscode.l10n.t('Join')
  const message = vscode.l10n.t('Join the election {0}?', harmless(`${handle.namespace}/${handle.name}`, 200))
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes
}
