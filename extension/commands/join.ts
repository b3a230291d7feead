import * as vscode from 'vscode'
import { checkSettings } from '../../shared/election/config.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { timingsFor, type Timings } from '../../shared/election/timings.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Joined } from '../joined/joined.ts'
import { EXTENSION_MS } from '../joined/joined-notices.ts'
import type { Row } from '../tree/rows.ts'
import { electionText } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { askDuration, durationInput } from './duration-input.ts'
import type { Needs } from './needs.ts'
import { usualMaxHoldMs } from './max-hold.ts'
import { confirmTake, takeHere } from './take-leadership.ts'
import { electionOf } from './target.ts'

/** Joins an election from this window; with a command, with a task that runs the command while leading. */
export async function join(app: Needs<'view' | 'clusters' | 'source' | 'clock' | 'candidacies' | 'settings' | 'tasks'>, row: Row | undefined): Promise<void> {
  const handle = await electionOf(app, row)
  const record = handle.read()?.election.record ?? null
  const title = vscode.l10n.t('Join {0}', electionText(handle))
  const usual: Terms = { timings: timingsFor({}, record), maxHoldMs: usualMaxHoldMs() }
  const holderIdentity = record?.holderIdentity ?? ''
  const how = await chooseHow(app, title, usual, holderIdentity !== '')
  if (!how) return
  if (how.command !== '') {
    await joinWithCommand(app, handle, holderIdentity, how, usual.maxHoldMs)
    return
  }
  const terms = how.isByHand ? await askTerms(title, usual) : usual
  if (!terms) return
  const { timings, maxHoldMs } = terms
  checkSettings({ identity: 'this', maxHoldMs, ...timings })
  if (how.isTaking && (await takeHere(app, handle, terms, untilText(maxHoldMs)))) return
  if (!(await isConfirmed(handle, windowDetail(holderIdentity, maxHoldMs)))) return
  await app.candidacies.join(handle, { timings, maxHoldMs })
}

/** Joins an election as a standby with the usual terms, after a question. False if the person declines. */
export async function joinAsStandby(app: Needs<'candidacies'>, handle: ElectionHandle): Promise<boolean> {
  const record = handle.read()?.election.record ?? null
  const maxHoldMs = usualMaxHoldMs()
  if (!(await isConfirmed(handle, windowDetail(record?.holderIdentity ?? '', maxHoldMs)))) return false
  await app.candidacies.join(handle, { timings: timingsFor({}, record), maxHoldMs })
  return true
}

async function joinWithCommand(
  app: Needs<'clock' | 'tasks'>,
  handle: ElectionHandle,
  holderIdentity: string,
  { command, isTaking }: How,
  maxHoldMs: number,
): Promise<void> {
  const identity = candidateIdentity()
  const consequence = vscode.l10n.t('After that, the task is the leader and runs its command, {0}: {1}', untilText(maxHoldMs), harmless(command, 500))
  const plan = isTaking ? await confirmTake(app, handle, identity, consequence) : null
  if (plan === undefined) return
  if (plan === null && !(await isConfirmed(handle, commandDetail(holderIdentity, command, maxHoldMs)))) return
  await app.tasks.run({ handle, identity, command, isTaking: plan !== null, maxHoldMs })
}

/** Leaves an election that this window has joined: that of the row, or one that the person picks. */
export async function leave(app: Needs<'joined'>, row: Row | undefined): Promise<void> {
  const joined = row?.kind === 'election' ? app.joined.of(row.handle) : await pickJoined(app, vscode.l10n.t('Leave an election'))
  await Promise.all(joined.map((each) => each.leave()))
}

/** The timings of a candidate, and how long it may lead. */
interface Terms {
  readonly timings: Timings
  /** 0 means no limit. */
  readonly maxHoldMs: number
}

interface How {
  /** Whether to ask for the terms. */
  readonly isByHand: boolean
  /** Whether to move leadership to this window now, instead of waiting as a standby. */
  readonly isTaking: boolean
  /** Empty if there is none. */
  readonly command: string
}

async function chooseHow({ settings }: Needs<'settings'>, title: string, { timings, maxHoldMs }: Terms, isHeld: boolean): Promise<How | undefined> {
  const { joinCommand } = settings
  const plain: How = { isByHand: false, isTaking: false, command: '' }
  const terms = `${spokenDuration(timings.leaseDurationMs)} · ${untilText(maxHoldMs)}`
  const items: (vscode.QuickPickItem & { readonly how: How | 'ask' })[] = [
    { label: isHeld ? vscode.l10n.t('Wait as a standby in this window') : vscode.l10n.t('Lead from this window'), description: terms, how: plain },
    ...(isHeld ? [{ label: vscode.l10n.t('Take leadership now'), description: terms, how: { ...plain, isTaking: true } }] : []),
    { label: vscode.l10n.t('Join with custom timings…'), how: { ...plain, isByHand: true } },
  ]
  if (vscode.workspace.isTrusted) {
    const description = untilText(maxHoldMs)
    if (joinCommand !== '') items.push({ label: vscode.l10n.t('Run "{0}" while leading', joinCommand), description, how: { ...plain, command: joinCommand } })
    items.push({ label: vscode.l10n.t('Run a command as a task while leading…'), description, how: 'ask' })
  }
  const picked = await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true })
  if (!picked || (picked.how !== 'ask' && picked.how.command === '')) return picked?.how as How | undefined
  const command = picked.how === 'ask' ? await askCommand(title, joinCommand) : picked.how.command
  if (command === '') return undefined
  const isTaking = isHeld ? await askWhen(title) : false
  return isTaking === undefined ? undefined : { ...plain, command, isTaking }
}

/** Empty if the person cancels. */
async function askCommand(title: string, value: string): Promise<string> {
  const prompt = vscode.l10n.t('Command to run while leading')
  return (await vscode.window.showInputBox({ title, prompt, value, ignoreFocusOut: true }))?.trim() ?? ''
}

/** Whether to take leadership now; undefined if the person cancels. */
async function askWhen(title: string): Promise<boolean | undefined> {
  const items = [
    { label: vscode.l10n.t('Wait as a standby'), isTaking: false },
    { label: vscode.l10n.t('Take leadership now'), isTaking: true },
  ]
  return (await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true }))?.isTaking
}

/** Undefined if the person cancels. */
async function askTerms(title: string, usual: Terms): Promise<Terms | undefined> {
  const ask = (prompt: string, ms: number): Promise<number | undefined> => askDuration(title, prompt, durationInput(ms))
  const { timings } = usual
  const leaseDurationMs = await ask(vscode.l10n.t('Lease duration; must be the same for all candidates'), timings.leaseDurationMs)
  if (leaseDurationMs === undefined) return undefined
  const renewDeadlineMs = await ask(vscode.l10n.t('Renew deadline; the leader stops if it cannot renew for this long'), timings.renewDeadlineMs)
  if (renewDeadlineMs === undefined) return undefined
  const retryPeriodMs = await ask(vscode.l10n.t('Retry period; time between attempts to acquire or renew'), timings.retryPeriodMs)
  if (retryPeriodMs === undefined) return undefined
  const maxHoldMs = await ask(vscode.l10n.t('Maximum hold time per term, for example 10m; 0 means no limit'), usual.maxHoldMs)
  return maxHoldMs === undefined ? undefined : { timings: { leaseDurationMs, renewDeadlineMs, retryPeriodMs }, maxHoldMs }
}

/** What happens to the election if this window joins it. */
function windowDetail(holderIdentity: string, maxHoldMs: number): readonly string[] {
  const role =
    holderIdentity === ''
      ? vscode.l10n.t('The lease has no holder. This window becomes the leader as soon as it acquires it.')
      : vscode.l10n.t('This window waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.')
  const work = vscode.l10n.t(
    "While this window is the leader, the other candidates do no work, and this window does none either: the election's work stops, {0}.",
    untilText(maxHoldMs),
  )
  return [...holderLine(holderIdentity), role, work]
}

/** What happens to the election if a task joins it with a command. */
function commandDetail(holderIdentity: string, command: string, maxHoldMs: number): readonly string[] {
  const role =
    holderIdentity === ''
      ? vscode.l10n.t('The lease has no holder. The task becomes the leader as soon as it acquires it.')
      : vscode.l10n.t('The task waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.')
  const work = vscode.l10n.t('While the task is the leader, the other candidates do no work, and its command runs, {0}.', untilText(maxHoldMs))
  return [...holderLine(holderIdentity), vscode.l10n.t('Command: {0}', harmless(command, 500)), role, work]
}

function holderLine(holderIdentity: string): readonly string[] {
  return holderIdentity === '' ? [] : [vscode.l10n.t('Current holder: {0}', harmless(holderIdentity, 200))]
}

async function isConfirmed(handle: ElectionHandle, detail: readonly string[]): Promise<boolean> {
  const yes = vscode.l10n.t('Join')
  const question = vscode.l10n.t('Join {0}?', electionText(handle))
  return (await vscode.window.showWarningMessage(question, { modal: true, detail: detail.join('\n') }, yes)) === yes
}

function untilText(maxHoldMs: number): string {
  return maxHoldMs === 0 ? vscode.l10n.t('until you leave the election') : vscode.l10n.t('for at most {0} per term', spokenDuration(maxHoldMs))
}

/** Asks what to do with an election that this window has joined. */
export async function joinedActions(app: Needs<'joined' | 'run' | 'tree' | 'reveal'>): Promise<void> {
  const [joined] = app.joined.all.length > 1 ? await pickJoined(app, vscode.l10n.t('Joined Elections')) : app.joined.all
  if (!joined) return
  const { handle, extend, isLeading } = joined
  const row = app.tree.rowOf(handle.id)
  const items: (vscode.QuickPickItem & { readonly act: () => unknown })[] = [
    { label: vscode.l10n.t('Leave'), act: () => joined.leave() },
    ...(extend && isLeading ? [{ label: vscode.l10n.t('Extend by 10 Minutes'), act: () => extend(EXTENSION_MS) }] : []),
    ...(row ? [{ label: vscode.l10n.t('Show Timeline'), act: () => app.run('timeline', [row]) }, { label: vscode.l10n.t('Reveal in View'), act: () => app.reveal(row) }] : []),
  ]
  await (await vscode.window.showQuickPick(items, { title: electionText(handle) }))?.act()
}

async function pickJoined({ joined: { all } }: Needs<'joined'>, title: string): Promise<readonly Joined[]> {
  const items = all.map((joined) => ({
    joined,
    label: electionText(joined.handle),
    description: joined.isLeading ? vscode.l10n.t('leading') : vscode.l10n.t('standby'),
  }))
  const picked = await vscode.window.showQuickPick(items, { title })
  return picked ? [picked.joined] : []
}
