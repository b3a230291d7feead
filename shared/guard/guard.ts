import { Stopwatch } from '../election/machine/stopwatch.ts'
import type { Moment } from '../lease/status.ts'
import type { Clock } from '../time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import { asOrder, type Deadlines, type Instruction, type PassedSignal, type Report } from './watchdog-protocol.ts'

/** How often the deadline and both clocks are checked; milliseconds. */
const TICK_MS = 50
/** The first pause before checking whether a group that was told to end is gone; it doubles up to {@link TICK_MS}. */
const FIRST_LOOK_MS = 5
/** Grace period for a command if `join` is gone, because then its lease is no longer renewed. */
export const ORPHAN_GRACE_MS = 2_000
/** Grace period for processes that a command left behind when it exited on its own. */
export const LEFTOVER_GRACE_MS = 5_000

/** How a command ended. */
export interface Exit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that waits to become the command. It leads its own process group. */
export interface Launched {
  readonly pid: number
  readonly group: ProcessGroup
  /** Tells the process to become the command. Resolves when it has; rejects with the system's error if the command cannot be run. */
  readonly go: () => Promise<void>
  /** Signals the command alone, if it still runs. */
  readonly signal: (signal: PassedSignal) => void
  /** Resolves when the process has ended. */
  readonly exited: Promise<Exit>
}

export interface GuardOptions {
  /** The clock that the moments in orders refer to. */
  readonly clock: Clock
  /** Rejects with the system's error if no process can be started. */
  readonly launch: (command: readonly string[], env: Readonly<Record<string, string>>) => Promise<Launched>
  readonly report: (report: Report) => void
}

/** A process that is being started, and the orders about it that arrive meanwhile. */
interface Launching {
  renewed: Moment
  stopGraceMs: number | null
}

interface Charge extends Launched {
  readonly deadlines: Deadlines
  /** Since the last renewal was sent. */
  renewal: Stopwatch
  /** Settles when the process has become the command; null until it was told to. */
  becoming: Promise<void> | null
  isTold: boolean
  hasExited: boolean
  /** When the grace period ends; monotonic milliseconds. */
  killAtMs: number
  /** Ends the current pause between two checks early. */
  look: AbortController
}

/**
 * The work of the watchdog: it runs a command while a lease is renewed, and otherwise ends the command's process group in
 * time, whatever happens to the process that renews. No message makes it throw.
 */
export class Guard {
  readonly #options: GuardOptions
  #charge: Charge | null = null
  #launching: Launching | null = null

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** Acknowledges an order and follows it. Other messages are ignored: `join` notices that there is no answer. */
  take(message: unknown): void {
    const order = asOrder(message)
    if (!order) return
    this.#options.report({ type: 'heard', number: order.number })
    this.#follow(order)
  }

  /** Ends the command, because `join` is gone and gives no more orders. */
  abandon(): void {
    // If `join` exits after it has told the command to end, the user insisted. Allow no further grace period.
    this.#stop(this.#charge?.isTold ? 0 : ORPHAN_GRACE_MS)
  }

  #follow(order: Instruction): void {
    switch (order.type) {
      case 'start':
        if (!this.#charge && !this.#launching) void this.#start(order)
        return
      case 'go':
        if (this.#charge) this.#go(this.#charge)
        return
      case 'renewed':
        if (this.#launching) this.#launching.renewed = order.renewed
        if (this.#charge) this.#charge.renewal = new Stopwatch(order.renewed)
        return
      case 'signal':
        // The waiting process would react to the signal itself, so wait until it has become the command.
        void this.#charge?.becoming?.then(() => this.#charge?.signal(order.signal), () => undefined)
        return
      case 'stop':
        this.#stop(order.graceMs)
    }
  }

  #stop(graceMs: number): void {
    if (this.#launching) this.#launching.stopGraceMs = graceMs
    const charge = this.#charge
    if (!charge) return
    this.#tell(charge, graceMs)
    charge.look.abort()
  }

  async #start({ command, env, deadlines, renewed }: Instruction & { readonly type: 'start' }): Promise<void> {
    const { launch, report } = this.#options
    const launching: Launching = { renewed, stopGraceMs: null }
    this.#launching = launching
    let launched: Launched
    try {
      launched = await launch(command, env)
    } catch (error) {
      report(notRun(error))
      return
    } finally {
      this.#launching = null
    }
    const charge: Charge = {
      ...launched,
      deadlines,
      renewal: new Stopwatch(launching.renewed),
      becoming: null,
      isTold: false,
      hasExited: false,
      killAtMs: Number.POSITIVE_INFINITY,
      look: new AbortController(),
    }
    this.#charge = charge
    report({ type: 'waiting', pid: launched.pid })
    const ending = launched.exited.then((exit) => this.#exited(charge, exit))
    if (launching.stopGraceMs !== null) this.#tell(charge, launching.stopGraceMs)
    await this.#watch(charge)
    this.#charge = null
    report(await ending)
  }

  #go(charge: Charge): void {
    if (charge.becoming || charge.isTold || charge.hasExited) return
    charge.becoming = charge.go()
    charge.becoming.then(
      () => this.#options.report({ type: 'started', pid: charge.pid }),
      () => undefined,
    )
  }

  /** Resolves to the report to send when the whole group is gone. */
  async #exited(charge: Charge, exit: Exit): Promise<Report> {
    const problem = await this.#problem(charge)
    if (!problem) this.#options.report({ type: 'exited', ...exit, wasTold: charge.isTold })
    charge.hasExited = true
    if (!charge.isTold && !charge.group.isGone()) this.#tell(charge, LEFTOVER_GRACE_MS)
    charge.look.abort()
    return problem ?? { type: 'gone' }
  }

  /** Why a process that has ended never became the command; null if it did, or was told to end before. */
  async #problem({ becoming, isTold }: Charge): Promise<Report | null> {
    if (becoming) return becoming.then(() => null, notRun)
    return isTold ? null : notRun(new Error('the process that was to become it has ended'))
  }

  /** Resolves when the group is gone. */
  async #watch(charge: Charge): Promise<void> {
    const { clock } = this.#options
    let lookMs = FIRST_LOOK_MS
    for (;;) {
      // This process may have been paused, also during the launch, so it may not have read the latest renewal yet.
      if (this.#unrenewedMs(charge) >= charge.deadlines.endAfterMs) await this.#turn()
      if (charge.hasExited && charge.group.isGone()) return
      this.#enforce(charge)
      charge.look = new AbortController()
      lookMs = charge.hasExited ? Math.min(lookMs * 2, TICK_MS) : TICK_MS
      const fromMs = clock.monotonicMs()
      const pauseMs = Math.min(lookMs, Math.max(charge.killAtMs - fromMs, 1))
      await clock.sleep(pauseMs, charge.look.signal).catch(() => undefined)
    }
  }

  /**
   * Resolves when this process has read all messages that have arrived by now. One timer is not enough: on a busy machine,
   * it can be due before the event loop gets to reading.
   */
  async #turn(): Promise<void> {
    for (let turns = 0; turns < 2; turns++) await this.#options.clock.sleep(0)
  }

  #unrenewedMs({ renewal }: Charge): number {
    const now = { monotonicMs: this.#options.clock.monotonicMs(), wallMs: this.#options.clock.wallMs() }
    renewal.sample(now)
    return renewal.elapsedMs(now)
  }

  #enforce(charge: Charge): void {
    const { endAfterMs, killAfterMs } = charge.deadlines
    const unrenewedMs = this.#unrenewedMs(charge)
    if (unrenewedMs >= endAfterMs && !charge.isTold) this.#tell(charge, killAfterMs - unrenewedMs)
    // Kill repeatedly, because a process in the group may have forked just before the last signal.
    if (unrenewedMs >= killAfterMs || this.#options.clock.monotonicMs() >= charge.killAtMs) charge.group.signal('SIGKILL')
  }

  #tell(charge: Charge, graceMs: number): void {
    const killAtMs = this.#options.clock.monotonicMs() + graceMs
    charge.killAtMs = Math.min(charge.killAtMs, killAtMs)
    if (charge.isTold) return
    charge.isTold = true
    charge.group.signal('SIGTERM')
  }
}

function notRun(error: unknown): Report {
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException
  return { type: 'not-run', code, message }
}
