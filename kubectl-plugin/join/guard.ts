import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Deadlines, Order, Report } from './watchdog-protocol.ts'

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

/** A command that was launched. */
export interface Launched {
  readonly pid: number
  readonly group: ProcessGroup
  /** Resolves when the command itself has ended. */
  readonly exited: Promise<Exit>
}

export interface GuardOptions {
  /** Its moments are those of the orders. */
  readonly clock: Clock
  /** Rejects with the system's error where the command can't be run. */
  readonly launch: (command: readonly string[], env: Readonly<Record<string, string>>) => Promise<Launched>
  readonly report: (report: Report) => void
}

/** A command that is about to run, and what is said of it meanwhile. */
interface Launching {
  renewed: Moment
  stopGraceMs: number | null
}

interface Charge extends Launched {
  readonly deadlines: Deadlines
  /** Since the last renewal was sent. */
  renewal: Stopwatch
  isTold: boolean
  hasExited: boolean
  /** When grace ends; monotonic milliseconds. */
  killAtMs: number
  /** Cuts the present pause between two looks short. */
  look: AbortController
}

/**
 * What the watchdog does: it runs a command while a lease is renewed, and has its process group gone in time when it
 * is not, whatever becomes of the process that renews.
 */
export class Guard {
  readonly #options: GuardOptions
  #charge: Charge | null = null
  #launching: Launching | null = null

  constructor(options: GuardOptions) {
    this.#options = options
  }

  take(order: Order): void {
    switch (order.type) {
      case 'start':
        void this.#start(order)
        return
      case 'renewed':
        if (this.#launching) this.#launching.renewed = order.renewed
        if (this.#charge) this.#charge.renewal = new Stopwatch(order.renewed)
        return this.#options.report({ type: 'heard' })
      case 'stop':
        this.#stop(order.graceMs)
        return this.#options.report({ type: 'heard' })
    }
  }

  /** Nobody gives orders any more. */
  abandon(): void {
    // Where it was told to end already, whoever told it was in a hurry.
    this.#stop(this.#charge?.isTold ? 0 : ORPHAN_GRACE_MS)
  }

  #stop(graceMs: number): void {
    if (this.#launching) this.#launching.stopGraceMs = graceMs
    const charge = this.#charge
    if (!charge) return
    this.#tell(charge, graceMs)
    charge.look.abort()
  }

  async #start({ command, env, deadlines, renewed }: Order & { readonly type: 'start' }): Promise<void> {
    const { launch, report } = this.#options
    const launching: Launching = { renewed, stopGraceMs: null }
    this.#launching = launching
    let launched: Launched
    try {
      launched = await launch(command, env)
    } catch (error) {
      const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException
      report({ type: 'not-run', code, message })
      return
    } finally {
      this.#launching = null
    }
    const charge: Charge = {
      ...launched,
      deadlines,
      renewal: new Stopwatch(launching.renewed),
      isTold: false,
      hasExited: false,
      killAtMs: Number.POSITIVE_INFINITY,
      look: new AbortController(),
    }
    this.#charge = charge
    report({ type: 'started', pid: launched.pid })
    void launched.exited.then((exit) => {
      report({ type: 'exited', ...exit, wasTold: charge.isTold })
      charge.hasExited = true
      if (!charge.isTold && !charge.group.isGone()) this.#tell(charge, LEFTOVER_GRACE_MS)
      charge.look.abort()
    })
    const { stopGraceMs } = launching
    if (stopGraceMs !== null) this.#tell(charge, stopGraceMs)
    await this.#watch(charge)
    this.#charge = null
    report({ type: 'gone' })
  }

  /** Resolves when the group is gone. */
  async #watch(charge: Charge): Promise<void> {
    const { clock } = this.#options
    let lookMs = FIRST_LOOK_MS
    for (;;) {
      if (charge.hasExited && charge.group.isGone()) return
      this.#enforce(charge)
      charge.look = new AbortController()
      lookMs = charge.hasExited ? Math.min(lookMs * 2, TICK_MS) : TICK_MS
      const killInMs = Math.max(charge.killAtMs - clock.monotonicMs(), 1)
      await clock.sleep(Math.min(lookMs, killInMs), charge.look.signal).catch(() => undefined)
    }
  }

  #enforce(charge: Charge): void {
    const now = { monotonicMs: this.#options.clock.monotonicMs(), wallMs: this.#options.clock.wallMs() }
    const { endAfterMs, killAfterMs } = charge.deadlines
    charge.renewal.sample(now)
    const unrenewedMs = charge.renewal.elapsedMs(now)
    if (unrenewedMs >= endAfterMs && !charge.isTold) this.#tell(charge, killAfterMs - unrenewedMs)
    // Again and again: some of the group may have been about to fork.
    if (unrenewedMs >= killAfterMs || now.monotonicMs >= charge.killAtMs) charge.group.signal('SIGKILL')
  }

  #tell(charge: Charge, graceMs: number): void {
    const killAtMs = this.#options.clock.monotonicMs() + graceMs
    charge.killAtMs = Math.min(charge.killAtMs, killAtMs)
    if (charge.isTold) return
    charge.isTold = true
    charge.group.signal('SIGTERM')
  }
}
