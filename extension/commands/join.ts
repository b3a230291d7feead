import * as vscode from 'vscode'
import type { App } from '../app.ts'
import { checkSettings } from '../../shared/election/config.ts'
import { timingsFor, type Timings } from '../../shared/election/timings.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Row } from '../tree/rows.ts'
import { askDuration, durationText, parseDuration } from './duration-input.ts'
import { joinInTerminal } from './join-in-terminal.ts'
import { takeHere } from './take-leadership.ts'
import { electionOf } from './target.ts'

/** Stands in an election from this window; with a command, in a terminal that runs it while leading. */
export async function join(app: App, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const record = handle.read()?.election.record ?? null
  const title = vscode.l10n.t('Join {0}', harmless(handle.name, 100))
  const usual: Terms = { timings: timingsFor({}, record), maxHoldMs: usualMaxHoldMs(app) }
  const holderIdentity = record?.holderIdentity ?? ''
  const how = await chooseHow(app, title, usual, holderIdentity !== '')
  if (!how) return
  if (how.command !== '') return joinInTerminal(app, handle, how.command)
  const terms = how.isByHand ? await askTerms(title, usual) : usual
  if (!terms) return
  const { timings, maxHoldMs } = terms
  checkSettings({ identity: 'this', maxHoldMs, ...timings })
  if (how.isTaking && (await takeHere(app, handle, terms, untilText(maxHoldMs)))) return
  if (!(await isConfirmed(handle, holderIdentity, maxHoldMs))) return
  await app.candidacies.join(handle, { timings, maxHoldMs })
}

/** On what terms to stand. */
interface Terms {
  readonly timings: Timings
  /** 0 is without limit. */
  readonly maxHoldMs: number
}

function usualMaxHoldMs({ settings: { maxHold } }: App): number {
  const ms = parseDuration(maxHold)
  if (ms === null) throw new Error(vscode.l10n.t('The setting {0} is no duration: {1}. Write it like 10m or 0.', 'kubectlLeader.maxHold', maxHold))
  return ms
}

interface How {
  /** Whether to ask for the terms. */
  readonly isByHand: boolean
  /** Whether to move leadership here at once, instead of standing by for it. */
  readonly isTaking: boolean
  /** Empty for none. */
  readonly command: string
}

async function chooseHow({ settings }: App, title: string, { timings, maxHoldMs }: Terms, isHeld: boolean): Promise<How | undefined> {
  const { joinCommand } = settings
  const plain: How = { isByHand: false, isTaking: false, command: '' }
  const terms = `${durationText(timings.leaseDurationMs)} · ${untilText(maxHoldMs)}`
  const items: (vscode.QuickPickItem & { readonly how: How | 'ask' })[] = [
    { label: isHeld ? vscode.l10n.t('Stand by in this window') : vscode.l10n.t('Hold leadership from this window'), description: terms, how: plain },
    ...(isHeld ? [{ label: vscode.l10n.t('Take leadership now'), description: terms, how: { ...plain, isTaking: true } }] : []),
    { label: vscode.l10n.t('Choose the timings, and for how long…'), how: { ...plain, isByHand: true } },
  ]
  if (vscode.workspace.isTrusted) {
    if (joinCommand !== '') items.push({ label: vscode.l10n.t('Run "{0}" while leading', joinCommand), how: { ...plain, command: joinCommand } })
    items.push({ label: vscode.l10n.t('Run a command in a terminal while leading…'), how: 'ask' })
  }
  const picked = await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true })
  if (picked?.how !== 'ask') return picked?.how
  const prompt = vscode.l10n.t('The command to run while leading')
  const command = await vscode.window.showInputBox({ title, prompt, value: joinCommand, ignoreFocusOut: true })
  return command === undefined || command.trim() === '' ? undefined : { ...plain, command: command.trim() }
}

/** Undefined where the person would rather not. */
async function askTerms(title: string, usual: Terms): Promise<Terms | undefined> {
  const ask = (prompt: string, ms: number): Promise<number | undefined> => askDuration(title, prompt, durationText(ms))
  const { timings } = usual
  const leaseDurationMs = await ask(vscode.l10n.t('Lease duration: the same as all other candidates have'), timings.leaseDurationMs)
  if (leaseDurationMs === undefined) return undefined
  const renewDeadlineMs = await ask(vscode.l10n.t('Renew deadline: how long to lead on without a renewal'), timings.renewDeadlineMs)
  if (renewDeadlineMs === undefined) return undefined
  const retryPeriodMs = await ask(vscode.l10n.t('Retry period: the time between two tries'), timings.retryPeriodMs)
  if (retryPeriodMs === undefined) return undefined
  const maxHoldMs = await ask(vscode.l10n.t('For how long to lead at most at a time, like 10m; 0 is without limit'), usual.maxHoldMs)
  return maxHoldMs === undefined ? undefined : { timings: { leaseDurationMs, renewDeadlineMs, retryPeriodMs }, maxHoldMs }
}

async function isConfirmed(handle: ElectionHandle, holderIdentity: string, maxHoldMs: number): Promise<boolean> {
  const until = untilText(maxHoldMs)
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

function untilText(maxHoldMs: number): string {
  return maxHoldMs === 0 ? vscode.l10n.t('until you leave') : vscode.l10n.t('for at most {0} at a time', durationText(maxHoldMs))
}
