import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import { asOrder, type Deadlines, type Instruction, type PassedSignal, type Report } from './watchdog-protocol.ts'

/** How often the deadline and both clocks are looked at; milliseconds. */
const TICK_MS = 50
/** How soon to look again whether a group that was told to end is gone; doubles up to {@link TICK_MS}. */
const FIRST_LOOK_MS = 5
/** How long a command has to end whose `join` is gone. Nobody renews its lease any more. */
export const ORPHAN_GRACE_MS = 2_000
/** How long what a command left behind, when it ended by itself, has to end. */
export const LEFTOVER_GRACE_MS = 5_000

/** How a command ended. */
export interface Exit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that waits until it may become the command, in a group that it leads. */
export interface Launched {
  readonly pid: number
  readonly group: ProcessGroup
  /** Lets it become the command. Resolves when it has; rejects with the system's error where the command can't be run. */
  readonly go: () => Promise<void>
  /** Signals the command alone, if it still runs. */
  readonly signal: (signal: PassedSignal) => void
  /** Resolves when the process has ended. */
  readonly exited: Promise<Exit>
}

export interface GuardOptions {
  /** Its moments are those of the orders. */
  readonly clock: Clock
  /** Rejects with the system's error where no process can be started. */
  readonly launch: (command: readonly string[], env: Readonly<Record<string, string>>) => Promise<Launched>
  readonly report: (report: Report) => void
}

/** A process that is about to be there, and what is said of it meanwhile. */
interface Launching {
  renewed: Moment
  stopGraceMs: number | null
}

interface Charge extends Launched {
  readonly deadlines: Deadlines
  /** Since the last renewal was sent. */
  renewal: Stopwatch
  /** Becoming the command; null until it may. */
  becoming: Promise<void> | null
  isTold: boolean
  hasExited: boolean
  /** When grace ends; monotonic milliseconds. */
  killAtMs: number
  /** Cuts the present pause between two looks short. */
  look: AbortController
}

/**
 * What the watchdog does: it runs a command while a lease is renewed, and has its process group gone in time when it
 * is not, whatever becomes of the process that renews. Nothing that it is told makes it throw.
 */
export class Guard {
  readonly #options: GuardOptions
  #charge: Charge | null = null
  #launching: Launching | null = null

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** Follows an order, and answers it. What is none is passed over: `join` sees that nobody answers. */
  take(message: unknown): void {
    const order = asOrder(message)
    if (!order) return
    this.#options.report({ type: 'heard', number: order.number })
    this.#follow(order)
  }

  /** Nobody gives orders any more. */
  abandon(): void {
    // Where it was told to end already, whoever told it was in a hurry.
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
        // What waits would take it for itself.
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

  /** Resolves to what is to be said when the whole group is gone. */
  async #exited(charge: Charge, exit: Exit): Promise<Report> {
    const problem = await this.#problem(charge)
    if (!problem) this.#options.report({ type: 'exited', ...exit, wasTold: charge.isTold })
    charge.hasExited = true
    if (!charge.isTold && !charge.group.isGone()) this.#tell(charge, LEFTOVER_GRACE_MS)
    charge.look.abort()
    return problem ?? { type: 'gone' }
  }

  /** Why a process that has ended never became the command; null where it did, or was told to end before. */
  async #problem({ becoming, isTold }: Charge): Promise<Report | null> {
    if (becoming) return becoming.then(() => null, notRun)
    return isTold ? null : notRun(new Error('the process that was to become it has ended'))
  }

  /** Resolves when the group is gone. */
  async #watch(charge: Charge): Promise<void> {
    const { clock } = this.#options
    let lookMs = FIRST_LOOK_MS
    for (;;) {
      // This process may have been stopped, also while it launched: a renewal that it was told of may not have been read.
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
   * Resolves once this process has read what it was told by now. One timer is not enough: on a busy machine it may be due
   * before the event loop has come to read.
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
    // Again and again: some of the group may have been about to fork.
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
