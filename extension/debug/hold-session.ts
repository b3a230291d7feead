import { randomUUID } from 'node:crypto'
import { LeadershipEnded, type Leadership } from '../../shared/election/leadership.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { aborted } from '../../shared/time/aborted.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { GuardedEnd, GuardedRun } from './program-guard.ts'

/** By this environment variable, the processes of a debugged program are found. */
export const MARKER = 'KUBECTL_LEADER_DEBUG_RUN'

/** A debugger that runs the program. */
export interface RunningDebugger {
  /** Resolves when the debugger has ended, for whatever reason. */
  readonly ended: Promise<unknown>
  /** Whether it has yet to say that it has started the program. */
  readonly isStarting: boolean
  /** Asks the debugger to end the program and itself. */
  end(): void
}

/** Why a debugged program was ended, or has ended. */
export type EndCause =
  | { readonly type: 'program-ended' }
  | { readonly type: 'not-started' }
  | { readonly type: 'stopped' }
  | { readonly type: 'max-hold' }
  | { readonly type: 'watchdog-lost' }
  | { readonly type: 'lost'; readonly reason: StopReason }

/** What happens in a debug session, for the person. */
export type HoldEvent =
  | { readonly type: 'starting' }
  | { readonly type: 'running' }
  | { readonly type: 'restarting' }
  | { readonly type: 'ending'; readonly cause: EndCause }
  /** The program is gone, or, if that is not certain, nothing more can be done. */
  | { readonly type: 'ended'; readonly cause: EndCause; readonly isCertain: boolean }
  /** The end of the maximum hold time is near. */
  | { readonly type: 'limit-near'; readonly leftMs: number }

export interface HoldSessionOptions {
  readonly clock: Clock
  readonly guard: {
    run(run: GuardedRun): Promise<GuardedEnd>
    /** Kills what is left of the program until nothing is. */
    finish(): Promise<void>
    readonly lost: AbortSignal
  }
  /** Milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
  /** Starts the program under its debugger. Resolves to null if that was refused or failed, and nothing runs. */
  readonly start: (env: Readonly<Record<string, string>>) => Promise<RunningDebugger | null>
  readonly tell: (event: HoldEvent) => void
}

/** How long to wait for the debugger itself if it is not certain that its program is gone; milliseconds. */
const DEBUGGER_PATIENCE_MS = 2_000
/** The same before a restart, where the lease is kept anyway: two debuggers at once can get in each other's way. */
const RESTART_PATIENCE_MS = 10_000
/** How long before the limit to tell; milliseconds, and at most half of the maximum hold time. */
const NEAR_MS = 60_000

/**
 * The guarded work of a debug session: the program runs under its debugger while this window leads. It is ended, and
 * checked to be gone, before the lease may be released. A restart keeps the lease.
 */
export class HoldSession {
  readonly #options: HoldSessionOptions
  #run: { readonly stop: AbortController; readonly over: PromiseWithResolvers<undefined> } | null = null
  #cause: EndCause | null = null
  #isRestarting = false
  #isCertain = true
  #limitAtMs: number | null = null
  #limitMoved = new AbortController()

  constructor(options: HoldSessionOptions) {
    this.#options = options
  }

  /** Whether all that ran is known to be gone. Until then, and without it, the lease must not be released. */
  get mayRelease(): boolean {
    return this.#isCertain && this.#run === null
  }

  /** Milliseconds until the program is ended; null without a limit, or if it does not run. */
  get leftMs(): number | null {
    return this.#limitAtMs === null ? null : Math.max(0, this.#limitAtMs - this.#options.clock.monotonicMs())
  }

  /** Moves the limit. */
  extend(byMs: number): void {
    if (this.#limitAtMs === null) return
    this.#limitAtMs += byMs
    this.#limitMoved.abort()
  }

  /** Ends the program and the term. */
  stop(): void {
    this.#end({ type: 'stopped' })
  }

  /** Starts the program again, in the same term. Resolves when the old one is gone. Without a running program, does nothing. */
  async restart(): Promise<void> {
    const run = this.#run
    if (!run || run.stop.signal.aborted) return
    this.#isRestarting = true
    this.#options.tell({ type: 'restarting' })
    run.stop.abort()
    await run.over.promise
  }

  /** The work of one term: see `ElectorCallbacks.onStartedLeading`. */
  async lead(leadership: Leadership, names: { readonly name: string; readonly namespace: string }): Promise<void> {
    const { clock, guard, maxHoldMs, tell } = this.#options
    this.#cause = null
    const lost = (): void => this.#end({ type: 'lost', reason: reasonOf(leadership.signal) })
    const watchdogLost = (): void => this.#end({ type: 'watchdog-lost' })
    leadership.signal.addEventListener('abort', lost, { once: true })
    guard.lost.addEventListener('abort', watchdogLost, { once: true })
    if (leadership.signal.aborted) lost()
    if (guard.lost.aborted) watchdogLost()
    this.#limitAtMs = maxHoldMs === 0 ? null : clock.monotonicMs() + maxHoldMs
    const over = new AbortController()
    void this.#watchLimit(over.signal)
    const env = {
      LEADER_NAME: names.name,
      LEADER_NAMESPACE: names.namespace,
      LEADER_IDENTITY: leadership.identity,
      LEADER_FENCING_TOKEN: leadership.fencingToken,
    }
    try {
      while (!this.#hasEnded()) {
        this.#isRestarting = false
        await this.#runOnce(env)
      }
    } finally {
      over.abort()
      this.#limitAtMs = null
      leadership.signal.removeEventListener('abort', lost)
      guard.lost.removeEventListener('abort', watchdogLost)
      tell({ type: 'ended', cause: this.#endCause(), isCertain: this.#isCertain })
    }
  }

  /** A function, so that TypeScript does not assume that nothing changes during a wait. */
  #hasEnded(): boolean {
    return this.#cause !== null
  }

  #endCause(): EndCause {
    return this.#cause ?? { type: 'stopped' }
  }

  #end(cause: EndCause): void {
    if (this.#cause) return
    this.#cause = cause
    if (!this.#run) return
    this.#options.tell({ type: 'ending', cause })
    this.#run.stop.abort()
  }

  async #runOnce(env: Readonly<Record<string, string>>): Promise<void> {
    const { guard, tell } = this.#options
    const stop = new AbortController()
    const over = Promise.withResolvers<undefined>()
    this.#run = { stop, over }
    const ready = Promise.withResolvers<undefined>()
    const runId = randomUUID()
    tell({ type: 'starting' })
    // If the watchdog is lost, `guard.lost` tells.
    const guarded = guard.run({ marker: `${MARKER}=${runId}`, stop: stop.signal, onReady: () => ready.resolve(undefined) }).catch(() => null)
    try {
      await Promise.race([ready.promise, aborted(stop.signal)])
      const isGone = guarded.then((end) => end?.isCertain ?? false)
      const ran = stop.signal.aborted ? false : await this.#debug({ ...env, [MARKER]: runId }, stop, isGone)
      const end = await guarded
      // A slow debugger may have started something in the last moment.
      await guard.finish()
      if (ran && !end?.isCertain) this.#isCertain = false
    } finally {
      this.#run = null
      over.resolve(undefined)
    }
  }

  /** Resolves when the debugger has ended, or need not be waited for. False if nothing was started. */
  async #debug(env: Readonly<Record<string, string>>, stop: AbortController, isGone: Promise<boolean>): Promise<boolean> {
    const { clock, start, tell } = this.#options
    const starting = start(env).catch(() => null)
    // It may be late: then it is ended at once.
    const started = starting.then((running) => {
      if (running && stop.signal.aborted) running.end()
      return running
    })
    const running = await Promise.race([started, aborted(stop.signal).then(() => 'late' as const)])
    if (running === null) {
      this.#end({ type: 'not-started' })
      return false
    }
    if (running !== 'late') {
      tell({ type: 'running' })
      const ended = (): void => this.#programEnded()
      running.ended.then(ended, ended)
      await aborted(stop.signal)
      running.end()
    }
    const over = new AbortController()
    const done = started.then(async (each) => each?.ended)
    const isStartingAnew = this.#isRestarting && !this.#hasEnded()
    const patience = clock.sleep(isStartingAnew ? RESTART_PATIENCE_MS : DEBUGGER_PATIENCE_MS, over.signal).catch(() => undefined)
    // A debugger takes a while to end after its program, and the lease need not wait for that. But a debugger that is
    // starting may do so in steps, like a build and then the program.
    const canLeave = !isStartingAnew && running !== 'late' && !running.isStarting
    const gone = isGone.then((isCertain) => (isCertain && canLeave ? undefined : patience))
    await Promise.race([done, patience, gone])
    over.abort()
    return true
  }

  #programEnded(): void {
    if (!this.#isRestarting) this.#end({ type: 'program-ended' })
  }

  async #watchLimit(over: AbortSignal): Promise<void> {
    const { clock, maxHoldMs, tell } = this.#options
    const nearMs = Math.min(NEAR_MS, maxHoldMs / 2)
    let toldForMs: number | null = null
    while (!over.aborted) {
      const leftMs = this.leftMs
      if (leftMs === null || leftMs === 0) {
        if (leftMs === 0) this.#end({ type: 'max-hold' })
        return
      }
      if (leftMs <= nearMs && toldForMs !== this.#limitAtMs) {
        toldForMs = this.#limitAtMs
        tell({ type: 'limit-near', leftMs })
      }
      this.#limitMoved = new AbortController()
      const untilMs = leftMs > nearMs ? leftMs - nearMs : leftMs
      await clock.sleep(untilMs, AbortSignal.any([over, this.#limitMoved.signal])).catch(() => undefined)
    }
  }
}

function reasonOf({ reason }: AbortSignal): StopReason {
  return reason instanceof LeadershipEnded ? reason.reason : 'stopped'
}
