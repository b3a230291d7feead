import * as vscode from 'vscode'
import { readDriven } from '../../shared/actions/driven-election.ts'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { takeLeadership, type TakingCandidate } from '../../shared/actions/take.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { errorText } from '../advice.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import type { Needs } from '../commands/needs.ts'
import type { WindowWork } from '../joined/candidacies.ts'
import { electionText, short } from '../words/election-text.ts'
import { blindness, forPlatform, type LaunchConfiguration } from './base-configuration.ts'
import { baseConfiguration, checkConfiguration, type DebugTerms } from './definition.ts'
import { HoldSession, type HoldEvent, type RunningDebugger } from './hold-session.ts'
import { confirmDebugging } from './hold-plan.ts'
import { causeText, notGuaranteedText, showEnd, showLimitNear, takingText } from './hold-texts.ts'
import type { LeaderAdapter } from './leader-adapter.ts'
import { ProgramGuard } from './program-guard.ts'
import { programTracker, type ProgramObserver } from './program-tracker.ts'
import { areDebuggersElsewhere, endDebugger, startBelow } from './start-below.ts'

/** How long the watchdog outlives the session, to kill what a slow debugger may still start; milliseconds. */
const LATE_MS = 10_000

/** A debug session of VS Code that is a candidate, and runs a launch configuration as a session below it while it leads. */
export class DebugSession implements ProgramObserver {
  handle: ElectionHandle | null = null
  readonly #app: Needs<'clusters' | 'candidacies' | 'clock' | 'context' | 'pauses'>
  readonly #session: vscode.DebugSession
  readonly #adapter: LeaderAdapter
  #hold: HoldSession | null = null
  #guard: ProgramGuard | null = null
  #isLocal = false
  readonly #paused = new Set<string>()
  /** The sessions below this one, with what is told when they end. */
  readonly #children = new Map<string, { readonly session: vscode.DebugSession; readonly ended: PromiseWithResolvers<undefined> }>()
  #started = Promise.withResolvers<vscode.DebugSession>()
  #hasLaunched = false

  constructor(app: Needs<'clusters' | 'candidacies' | 'clock' | 'context' | 'pauses'>, session: vscode.DebugSession, adapter: LeaderAdapter) {
    this.#app = app
    this.#session = session
    this.#adapter = adapter
  }

  get isPaused(): boolean {
    return this.#paused.size > 0
  }

  /** Null without a limit, or while no program runs. */
  get leftMs(): number | null {
    return this.#hold?.leftMs ?? null
  }

  extend(byMs: number): void {
    this.#hold?.extend(byMs)
    this.#app.candidacies.touch()
  }

  /**
   * Plans, asks, and joins the election.
   * @throws vscode.CancellationError if the person cancels; Error, ClusterError if it is not possible
   */
  async launch(): Promise<void> {
    const { clusters, candidacies } = this.#app
    const { configuration, workspaceFolder } = this.#session
    const terms = checkConfiguration(configuration)
    const base = forPlatform(baseConfiguration(workspaceFolder, terms.base), process.platform)
    const { session, namespace } = await clusters.sessionFor(terms.context)
    const handle = new ElectionHandle(session, { lock: terms.lock, namespace: terms.namespace ?? namespace, name: terms.name })
    this.handle = handle
    if (candidacies.of(handle)) throw new Error(vscode.l10n.t('This window has already joined {0}.', electionText(handle)))
    const client = await handle.client()
    const { election } = await readDriven(client, handle)
    const record = election?.record ?? null
    const timings = timingsFor({}, record)
    const identity = candidateIdentity()
    const blind = areDebuggersElsewhere(this.#app.context) ? 'elsewhere' : blindness(base, process.platform)
    this.#isLocal = blind === null
    const { isTaking, maxHoldMs } = terms
    const holderIdentity = record?.holderIdentity ?? ''
    const plan = await confirmDebugging(this.#app, { handle, identity, isTaking, maxHoldMs, base: base.name, blind, server: client.server, holderIdentity })
    const guard = new ProgramGuard(vscode.Uri.joinPath(this.#app.context.extensionUri, 'dist/extension/debug-watchdog.cjs').fsPath, timings)
    this.#guard = guard
    const hold = new HoldSession({
      clock: machineClock,
      guard,
      maxHoldMs,
      start: (env) => this.#start(terms, base, env),
      tell: (event) => this.#tell(event),
    })
    this.#hold = hold
    const work: WindowWork = {
      lead: (leadership) => hold.lead(leadership, handle),
      onRenewed: (renewal) => guard.renewed(renewal),
      mayRelease: () => hold.mayRelease,
      isPaused: () => this.isPaused,
      leftMs: () => hold.leftMs,
      extend: (byMs) => this.extend(byMs),
      left: (problem) => this.#left(problem),
    }
    let candidate: TakingCandidate
    try {
      candidate = await candidacies.join(handle, { timings, maxHoldMs: 0, identity, work })
    } catch (error) {
      guard.close()
      throw error
    }
    this.#adapter.show(vscode.l10n.t('Waiting as a standby'))
    this.#adapter.print(vscode.l10n.t('Waiting as a standby of {0}, as {1}.', electionText(handle), identity))
    if (plan) void this.#take(handle, plan, candidate)
  }

  async restart(): Promise<void> {
    await this.#hold?.restart()
  }

  /** Ends the program, and leaves the election. */
  async end(): Promise<void> {
    this.#hold?.stop()
    if (this.handle && this.#hold) await this.#app.candidacies.leave(this.handle)
  }

  childStarted(session: vscode.DebugSession): void {
    this.#children.set(session.id, { session, ended: Promise.withResolvers<undefined>() })
    this.#started.resolve(session)
  }

  tracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return programTracker(session, this)
  }

  childEnded({ id }: vscode.DebugSession): void {
    this.#children.get(id)?.ended.resolve(undefined)
    this.#children.delete(id)
    this.paused(id, false)
  }

  named(pid: number): void {
    // A program that was running before is not ours to kill.
    if (this.#isLocal) this.#guard?.add(pid)
  }

  launched(): void {
    this.#hasLaunched = true
  }

  paused(sessionId: string, isPaused: boolean): void {
    if (this.#paused.has(sessionId) === isPaused) return
    if (isPaused) this.#paused.add(sessionId)
    else this.#paused.delete(sessionId)
    this.#showPause()
    this.#app.candidacies.touch()
  }

  restarting(): void {
    void this.#guard?.restarting()
  }

  async #start({ overrides }: DebugTerms, base: LaunchConfiguration, leaderEnv: Readonly<Record<string, string>>): Promise<RunningDebugger | null> {
    const { args, env } = overrides
    this.#started = Promise.withResolvers<vscode.DebugSession>()
    this.#hasLaunched = false
    if (!(await startBelow(this.#session, base, { args, env: { ...env, ...leaderEnv } }))) return null
    const session = await this.#started.promise
    const ended = this.#children.get(session.id)?.ended.promise ?? Promise.resolve()
    const isStarting = (): boolean => !this.#hasLaunched
    return {
      ended,
      get isStarting() {
        return isStarting()
      },
      end: () => endDebugger(session),
    }
  }

  async #take(handle: ElectionHandle, plan: FailoverPlan, candidate: TakingCandidate): Promise<void> {
    const { clock, candidacies } = this.#app
    try {
      const client = await handle.client()
      const result = await takeLeadership(client, clock, plan, candidate, (event) => {
        const text = takingText(event)
        if (text !== null) this.#adapter.print(text)
      })
      if (result.outcome === 'moved' || candidate.leaving.aborted) return
      const election = electionText(handle)
      this.#say(
        result.to === ''
          ? vscode.l10n.t('Could not take leadership of {0}. The lease is free. This window has left the election.', election)
          : vscode.l10n.t('Could not take leadership of {0}. The holder is {1}. This window has left the election.', election, short(result.to)),
      )
    } catch (error) {
      if (candidate.hasLed || candidate.leaving.aborted) return
      this.#say(errorText(error))
    }
    // Otherwise this window could become the leader later, when the person no longer expects it.
    await candidacies.leave(handle)
  }

  #showPause(): void {
    const { pauses } = this.#app
    if (this.isPaused) pauses.begin(this.handle!, { mode: 'held', leftMs: () => this.leftMs })
    else pauses.end(this.handle!)
  }

  #say(text: string): void {
    this.#adapter.print(harmless(text, 500), 'important')
    void vscode.window.showErrorMessage(harmless(text, 500))
  }

  #tell(event: HoldEvent): void {
    const election = electionText(this.handle!)
    const { maxHoldMs } = checkConfiguration(this.#session.configuration)
    switch (event.type) {
      case 'starting':
        this.#adapter.show(vscode.l10n.t('Leading'))
        this.#adapter.print(vscode.l10n.t('Leader of {0}. Starting the program.', election))
        break
      case 'running':
        break
      case 'restarting':
        this.#adapter.print(vscode.l10n.t('Restarting the program. The lease is still held.'))
        break
      case 'ending':
        this.#adapter.show(vscode.l10n.t('Ending the program'))
        this.#adapter.print(causeText(event.cause))
        break
      case 'ended':
        this.#paused.clear()
        this.#showPause()
        if (!event.isCertain) this.#adapter.print(notGuaranteedText(), 'important')
        void showEnd(election, event)
        break
      case 'limit-near':
        void showLimitNear(election, event.leftMs, maxHoldMs).then((answer) => {
          if (answer === 'extend') this.extend(maxHoldMs)
          if (answer === 'release') void this.end()
        })
    }
    this.#app.candidacies.touch()
  }

  /** The candidate has left the election. */
  #left(problem: string | null): void {
    if (problem !== null) this.#say(problem)
    else this.#adapter.print(vscode.l10n.t('This window has left the election.'))
    this.#adapter.terminated()
    const guard = this.#guard
    void machineClock.sleep(LATE_MS).then(() => guard?.close())
  }
}
