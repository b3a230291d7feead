import * as vscode from 'vscode'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { isLoopback } from '../../shared/cluster/connection/proxy.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { Needs } from '../commands/needs.ts'
import { confirmTake } from '../commands/take-leadership.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import type { blindness } from './base-configuration.ts'

/** What the person is asked about. */
export interface PlannedDebugging {
  readonly handle: ElectionHandle
  readonly identity: string
  readonly isTaking: boolean
  /** 0 means no limit. */
  readonly maxHoldMs: number
  /** The name of the launch configuration. */
  readonly base: string
  /** Why it cannot be seen that the program has ended; null if it can. */
  readonly blind: ReturnType<typeof blindness>
  /** The API server's URL. */
  readonly server: string
  readonly holderIdentity: string
}

/**
 * Asks the person whether to run as a candidate for a program to debug.
 *
 * @returns the plan to take leadership by; null if it is enough to join
 * @throws vscode.CancellationError if the person cancels
 */
export async function confirmDebugging(app: Needs<'clock'>, planned: PlannedDebugging): Promise<FailoverPlan | null> {
  const { handle, identity, isTaking, server, holderIdentity } = planned
  const lines = consequences(planned)
  const plan = isTaking ? await confirmTake(app, handle, identity, lines.join('\n')) : null
  if (plan === undefined) throw new vscode.CancellationError()
  if (plan === null) {
    const holder = holderIdentity === '' ? [] : [vscode.l10n.t('Current holder: {0}', short(holderIdentity))]
    const role =
      holderIdentity === ''
        ? vscode.l10n.t('The lease has no holder. This window becomes the leader as soon as it acquires it.')
        : vscode.l10n.t('This window waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.')
    const question = vscode.l10n.t('Debug as the leader of {0}?', electionText(handle))
    await ask(question, [...holder, role, ...lines], vscode.l10n.t('Debug'))
  }
  if (!isLoopback(new URL(server))) {
    const question = vscode.l10n.t('The API server of {0} is not on this machine. Debug as the leader?', electionText(handle))
    const detail = [
      vscode.l10n.t('Server: {0}', harmless(server, 200)),
      vscode.l10n.t('Other people may depend on the work of this election. It stops while your program is paused.'),
    ]
    await ask(question, detail, vscode.l10n.t('Debug'))
  }
  return plan
}

async function ask(question: string, detail: readonly string[], yes: string): Promise<void> {
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail: detail.join('\n') }, yes)) !== yes) throw new vscode.CancellationError()
}

function consequences({ base, maxHoldMs, blind }: PlannedDebugging): readonly string[] {
  const until =
    maxHoldMs === 0 ? vscode.l10n.t('until you stop debugging') : vscode.l10n.t('for at most {0}', spokenDuration(maxHoldMs))
  return [
    vscode.l10n.t('While this window is the leader, it runs "{0}", {1}. The other candidates of the election do no work meanwhile.', short(base), until),
    vscode.l10n.t('The election of your program itself must be off, for example with --leader-elect=false.'),
    ...(blind === null ? [] : [blindText(blind)]),
  ]
}

function blindText(blind: NonNullable<PlannedDebugging['blind']>): string {
  const why = {
    attach: vscode.l10n.t('the debugger attaches to it'),
    elsewhere: vscode.l10n.t('it does not run on this machine'),
    platform: vscode.l10n.t('its processes cannot be found on Windows'),
  }[blind]
  return vscode.l10n.t('Not guaranteed: that the program has ended before another candidate leads, because {0}. The lease will expire instead of being released.', why)
}
