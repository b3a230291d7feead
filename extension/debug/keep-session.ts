import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { runFailover, type FailoverPlan } from '../../shared/actions/failover.ts'
import { planKeep } from '../../shared/keep/keep-election.ts'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { errorText } from '../advice.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import type { Needs } from '../commands/needs.ts'
import { confirmTake } from '../commands/take-leadership.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { blindness, forPlatform, type LaunchConfiguration } from './base-configuration.ts'
import { baseConfiguration, checkConfiguration, type DebugTerms } from './definition.ts'
import { KeepRun } from './keep-run.ts'
import { KeptStatus } from './kept-status.ts'
import { takingText } from './hold-texts.ts'
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
  readonly #app: Needs<'clusters' | 'clock' | 'context' | 'pauses'>
  readonly #session: vscode.DebugSession
  readonly #adapter: LeaderAdapter
  #handle: ElectionHandle | null = null
  #base: LaunchConfiguration | null = null
  #terms: DebugTerms | null = null
  #run: KeepRun | null = null
  #isKept = false
  #status: KeptStatus | null = null
  readonly #ending = new AbortController()
  #isRestarting = false
  /** The sessions right below this one. */
  readonly #children = new Map<string, { readonly session: vscode.DebugSession; readonly ended: PromiseWithResolvers<undefined> }>()

  constructor(app: Needs<'clusters' | 'clock' | 'context' | 'pauses'>, session: vscode.DebugSession, adapter: LeaderAdapter) {
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
    const plan = await this.#startKeeping(true)
    this.#status = new KeptStatus(this.#app.pauses, this.#handle, this.#app.clock)
    if (!(await this.#start())) throw new Error(vscode.l10n.t('The program could not be started.'))
    if (plan) void this.#take(plan)
  }

  /** Ends the program and starts it again. What was observed of the old one does not count for the new one. */
  async restart(): Promise<void> {
    if (this.#ending.signal.aborted || !this.#run) return
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
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    await this.#endChildren()
    await this.#run?.finish()
    this.#status?.dispose()
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

  /** Resolves to the plan to take leadership by, if the person was asked for that and there is a leader to take it from. */
  async #startKeeping(isAsking: boolean): Promise<FailoverPlan | null> {
    const { clock, context } = this.#app
    const handle = this.#handle!
    const base = this.#base!
    const { identity, maxHoldMs } = this.#terms!
    const client = await handle.client()
    const plan = await planKeep(client, { place: handle, identity }, new AbortController().signal)
    const taking = isAsking ? await this.#ask(plan.election?.record.holderIdentity ?? '') : null
    const isLocal = !areDebuggersElsewhere(context) && blindness(base, process.platform) === null
    this.#run = new KeepRun({ client, clock, plan, maxHoldMs, actor: actor(), isLocal, onEvent: (event) => this.#tell(event) })
    this.#adapter.show(keepState('running'))
    this.#adapter.print(vscode.l10n.t('Keep mode of {0}. While the program is paused, this window renews the lease in its name.', electionText(handle)))
    return taking
  }

  /**
   * Moves leadership to the program, which waits as a standby, or will soon. A lease that was handed over to it is never
   * released here: only the program knows whether it leads.
   */
  async #take(plan: FailoverPlan): Promise<void> {
    const election = electionText(this.#handle!)
    const { signal } = this.#ending
    try {
      const result = await runFailover(await this.#handle!.client(), this.#app.clock, plan, {
        signal,
        onEvent: (event) => {
          const text = takingText(event)
          if (text !== null) this.#adapter.print(text)
        },
      })
      if (signal.aborted) return
      if (result.outcome === 'moved' && result.to === plan.to) this.#adapter.print(vscode.l10n.t('The program is the leader of {0}.', election))
      else if (result.to === plan.to) this.#say(vscode.l10n.t('The lease of {0} was handed over to the program, which has not renewed it. It expires on its own.', election))
      else if (result.to === '') this.#say(vscode.l10n.t('The program did not become the leader of {0}. The lease is free.', election))
      else this.#say(vscode.l10n.t('The program did not become the leader of {0}. The holder is {1}.', election, short(result.to)))
    } catch (error) {
      if (!signal.aborted) this.#say(errorText(error))
    }
  }

  #say(text: string): void {
    this.#adapter.print(harmless(text, 500), 'important')
    void vscode.window.showErrorMessage(harmless(text, 500))
  }

  /** Until this window keeps the lease no longer; null without a limit. Milliseconds. */
  get #leftMs(): number | null {
    const limitAtMs = this.#run?.keeper.limitAtMs ?? null
    return limitAtMs === null ? null : Math.max(0, limitAtMs - this.#app.clock.monotonicMs())
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

  async #ask(holderIdentity: string): Promise<FailoverPlan | null> {
    const { identity, isTaking, maxHoldMs } = this.#terms!
    const until = maxHoldMs === 0 ? vscode.l10n.t('without a limit') : vscode.l10n.t('for at most {0}', spokenDuration(maxHoldMs))
    const lines = [
      identity === null ? vscode.l10n.t('From the pauses, this window finds out which holder the program is.') : vscode.l10n.t('Identity of the program: {0}', short(identity)),
      vscode.l10n.t('In each pause, this window renews the lease, {0}. The work of the election stops in that time.', until),
      vscode.l10n.t('This is best effort. A pause in the middle of a renewal, for example after a step, can lose leadership.'),
    ]
    if (isTaking && holderIdentity !== identity) {
      const plan = await confirmTake(this.#app, this.#handle!, identity!, lines.join('\n'))
      if (plan === undefined) throw new vscode.CancellationError()
      if (plan) return plan
    }
    const debug = vscode.l10n.t('Debug')
    const question = vscode.l10n.t('Keep the lease of {0} while "{1}" is paused?', electionText(this.#handle!), short(this.#base!.name))
    const holder = holderIdentity === '' ? [] : [vscode.l10n.t('Current holder: {0}', short(holderIdentity))]
    const detail = [...holder, ...lines].join('\n')
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, debug)) !== debug) throw new vscode.CancellationError()
    return null
  }

  #tell(event: KeepEvent): void {
    const told = keepEventText(event)
    if (told === null) return
    const text = harmless(told, 500)
    const isLost = event.type === 'not-kept' && this.#isKept
    this.#isKept = event.type === 'keeping' || (this.#isKept && event.type === 'error')
    const { pauses } = this.#app
    if (this.#isKept) pauses.begin(this.#handle!, { mode: 'kept', leftMs: () => this.#leftMs })
    else pauses.end(this.#handle!)
    this.#adapter.print(text, isLost || event.type === 'error' ? 'important' : 'console')
    if (event.type !== 'error' && event.type !== 'identified') this.#adapter.show(keepState(event.type))
    if (isLost) void vscode.window.showWarningMessage(`${electionText(this.#handle!)}: ${text}`)
  }
}
