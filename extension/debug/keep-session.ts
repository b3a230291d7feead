import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { planKeep } from '../../shared/keep/keep-election.ts'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import { harmless } from '../../shared/lease/index.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import type { Needs } from '../commands/needs.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { blindness, forPlatform, type LaunchConfiguration } from './base-configuration.ts'
import { baseConfiguration, checkConfiguration, type DebugTerms } from './definition.ts'
import { KeepRun } from './keep-run.ts'
import { keepEventText, keepState } from './keep-texts.ts'
import type { LeaderAdapter } from './leader-adapter.ts'
import { areDebuggersElsewhere, endDebugger, startBelow } from './start-below.ts'

/** How long to wait for a debugger that was asked to end; milliseconds. */
const DEBUGGER_PATIENCE_MS = 2_000

/**
 * A debug session of VS Code in keep mode: it runs a launch configuration as a session below it, whose program is a
 * candidate by itself, and renews the lease in its name while it is paused.
 */
export class KeepSession {
  readonly #app: Needs<'clusters' | 'clock' | 'context'>
  readonly #session: vscode.DebugSession
  readonly #adapter: LeaderAdapter
  #handle: ElectionHandle | null = null
  #base: LaunchConfiguration | null = null
  #terms: DebugTerms | null = null
  #run: KeepRun | null = null
  #isKept = false
  #isEnding = false
  #isRestarting = false
  /** The sessions right below this one. */
  readonly #children = new Map<string, { readonly session: vscode.DebugSession; readonly ended: PromiseWithResolvers<undefined> }>()

  constructor(app: Needs<'clusters' | 'clock' | 'context'>, session: vscode.DebugSession, adapter: LeaderAdapter) {
    this.#app = app
    this.#session = session
    this.#adapter = adapter
  }

  /**
   * Plans, asks, and starts the program.
   * @throws vscode.CancellationError if the person cancels; Error, KeepRefused, ClusterError if it is not possible
   */
  async launch(): Promise<void> {
    const { configuration, workspaceFolder } = this.#session
    const terms = checkConfiguration(configuration)
    this.#terms = terms
    this.#base = forPlatform(baseConfiguration(workspaceFolder, terms.base), process.platform)
    const { session, namespace } = await this.#app.clusters.sessionFor(terms.context)
    this.#handle = new ElectionHandle(session, { lock: terms.lock, namespace: terms.namespace ?? namespace, name: terms.name })
    await this.#startKeeping(true)
    if (!(await this.#start())) throw new Error(vscode.l10n.t('The program could not be started.'))
  }

  /** Ends the program and starts it again. What was observed of the old one does not count for the new one. */
  async restart(): Promise<void> {
    if (this.#isEnding || !this.#run) return
    this.#isRestarting = true
    try {
      await this.#endChildren()
      await this.#run.finish()
      await this.#startKeeping(false)
      if (!(await this.#start())) await this.end()
    } finally {
      this.#isRestarting = false
    }
  }

  async end(): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    await this.#endChildren()
    await this.#run?.finish()
    this.#adapter.terminated()
  }

  childStarted(session: vscode.DebugSession): void {
    this.#children.set(session.id, { session, ended: Promise.withResolvers<undefined>() })
  }

  childEnded(session: vscode.DebugSession): void {
    this.#run?.sessionEnded(session)
    this.#children.get(session.id)?.ended.resolve(undefined)
    this.#children.delete(session.id)
    if (this.#children.size === 0 && !this.#isRestarting) void this.end()
  }

  tracker(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    return this.#run?.tracker(session)
  }

  async #startKeeping(isAsking: boolean): Promise<void> {
    const { clock, context } = this.#app
    const handle = this.#handle!
    const base = this.#base!
    const { identity, maxHoldMs } = this.#terms!
    const client = await handle.client()
    const plan = await planKeep(client, { place: handle, identity }, new AbortController().signal)
    if (isAsking) await this.#ask(plan.election?.record.holderIdentity ?? '')
    const isLocal = !areDebuggersElsewhere(context) && blindness(base, process.platform) === null
    this.#run = new KeepRun({ client, clock, plan, maxHoldMs, actor: actor(), isLocal, onEvent: (event) => this.#tell(event) })
    this.#adapter.show(keepState('running'))
    this.#adapter.print(vscode.l10n.t('Keep mode of {0}. While the program is paused, this window renews the lease in its name.', electionText(handle)))
  }

  async #start(): Promise<boolean> {
    return startBelow(this.#session, this.#base!, this.#terms!.overrides)
  }

  async #endChildren(): Promise<void> {
    const children = [...this.#children.values()]
    for (const { session } of children) endDebugger(session)
    const over = new AbortController()
    const ended = Promise.all(children.map((child) => child.ended.promise))
    await Promise.race([ended, this.#app.clock.sleep(DEBUGGER_PATIENCE_MS, over.signal).catch(() => undefined)])
    over.abort()
  }

  async #ask(holderIdentity: string): Promise<void> {
    const { identity, maxHoldMs } = this.#terms!
    const debug = vscode.l10n.t('Debug')
    const question = vscode.l10n.t('Keep the lease of {0} while "{1}" is paused?', electionText(this.#handle!), short(this.#base!.name))
    const until = maxHoldMs === 0 ? vscode.l10n.t('without a limit') : vscode.l10n.t('for at most {0}', spokenDuration(maxHoldMs))
    const detail = [
      ...(holderIdentity === '' ? [] : [vscode.l10n.t('Current holder: {0}', short(holderIdentity))]),
      identity === null ? vscode.l10n.t('Which holder the program is, this window finds out from its pauses.') : vscode.l10n.t('Identity of the program: {0}', short(identity)),
      vscode.l10n.t('In each pause, this window renews the lease, {0}. The work of the election stops in that time.', until),
      vscode.l10n.t('This is best effort. A pause in the middle of a renewal, for example after a step, can lose leadership.'),
    ]
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail: detail.join('\n') }, debug)) !== debug) throw new vscode.CancellationError()
  }

  #tell(event: KeepEvent): void {
    const told = keepEventText(event)
    if (told === null) return
    const text = harmless(told, 500)
    const isLost = event.type === 'not-kept' && this.#isKept
    this.#isKept = event.type === 'keeping' || (this.#isKept && event.type === 'error')
    this.#adapter.print(text, isLost || event.type === 'error' ? 'important' : 'console')
    if (event.type !== 'error' && event.type !== 'identified') this.#adapter.show(keepState(event.type))
    if (isLost) void vscode.window.showWarningMessage(`${electionText(this.#handle!)}: ${text}`)
  }
}
