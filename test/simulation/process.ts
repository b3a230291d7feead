import type { Clock } from '../../shared/time/clock.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * `stopped`: by SIGSTOP, the clocks run on. `asleep`: with its machine, the monotonic clock stands still. `frozen`: with
 * its virtual machine, both clocks stand still. `blocked`: it works on, but its event loop stands.
 */
export type ProcessState = 'running' | 'stopped' | 'asleep' | 'frozen' | 'blocked' | 'dead'

/** What can be done to a process, and undone. */
export type Suspension = Exclude<ProcessState, 'running' | 'dead'>

/**
 * A process with clocks of its own. What happens to it while it is stopped (timers that fall due, answers that come
 * in) happens when it resumes, in any order, as in one turn of an event loop.
 */
export class Process {
  readonly name: string
  /** How fast its clocks run, by true time. */
  readonly rate: number
  readonly clock: Clock
  state: ProcessState = 'running'
  /** When it last resumed, by true time, and from what. */
  resumed: { readonly atMs: number; readonly from: ProcessState } | null = null
  /** When its wall clock was last set; true time. */
  jumpedAtMs = Number.NEGATIVE_INFINITY
  readonly #scheduler: Scheduler
  readonly #random: Random
  /** Whose clocks it reads: its own, or those of the machine that it shares with others. */
  readonly #machine: Process
  #wallLeadMs: number
  /** The monotonic clock as it was at a true time. */
  #reference: { readonly trueMs: number; readonly monotonicMs: number }
  #deferred: (() => void)[] = []
  /** When it was frozen, and for how long; true time. */
  readonly #freezes: { readonly atMs: number; readonly durationMs: number }[] = []
  /** When its event loop stood. */
  readonly #blocks: { readonly fromMs: number; readonly untilMs: number }[] = []

  constructor(
    scheduler: Scheduler,
    random: Random,
    options: { readonly name: string; readonly rate: number; readonly wallLeadMs: number; readonly machine?: Process },
  ) {
    this.#scheduler = scheduler
    this.#random = random
    this.#machine = options.machine ?? this
    this.name = options.name
    this.rate = options.rate
    this.#wallLeadMs = options.wallLeadMs
    this.#reference = { trueMs: scheduler.nowMs, monotonicMs: random.between(1_000, 1_000_000) }
    this.clock = {
      monotonicMs: () => this.monotonicMs(),
      wallMs: () => Math.floor(this.#machine.monotonicMs() + this.#machine.#wallLeadMs),
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
    }
  }

  monotonicMs(): number {
    if (this.#machine !== this) return this.#machine.monotonicMs()
    if (this.state === 'asleep' || this.state === 'frozen') return this.#reference.monotonicMs
    return this.#reference.monotonicMs + (this.#scheduler.nowMs - this.#reference.trueMs) * this.rate
  }

  jumpWall(byMs: number): void {
    this.#machine.#wallLeadMs += byMs
  }

  /** Lets something happen to the process: now, or when it resumes. */
  deliver(run: () => void): void {
    if (this.state === 'running') run()
    else if (this.state !== 'dead') this.#deferred.push(run)
  }

  /** Whether its guarded work can act. */
  get isActing(): boolean {
    return this.state === 'running' || this.state === 'blocked'
  }

  get isSuspended(): boolean {
    return this.state !== 'running' && this.state !== 'dead'
  }

  /** For how long it has been frozen since a moment; true milliseconds. */
  frozenMsSince(sinceMs: number): number {
    return this.#freezes.reduce((sum, { atMs, durationMs }) => (atMs >= sinceMs ? sum + durationMs : sum), 0)
  }

  /** Until when its event loop stood, where it began to between two moments; true time. */
  blockedUntilMs(fromMs: number, untilMs: number): number {
    if (this.state === 'blocked' && this.#reference.trueMs <= untilMs) return Number.POSITIVE_INFINITY
    const blocks = this.#blocks.filter((block) => block.fromMs >= fromMs && block.fromMs <= untilMs)
    return Math.max(Number.NEGATIVE_INFINITY, ...blocks.map((block) => block.untilMs))
  }

  suspend(how: Suspension): void {
    if (this.state !== 'running') return
    this.#reference = { trueMs: this.#scheduler.nowMs, monotonicMs: this.monotonicMs() }
    this.state = how
  }

  resume(): void {
    if (!this.isSuspended) return
    const from = this.state
    const { nowMs } = this.#scheduler
    const suspendedMs = nowMs - this.#reference.trueMs
    if (from === 'asleep' || from === 'frozen') {
      if (from === 'asleep') this.#wallLeadMs += suspendedMs * this.rate
      else this.#freezes.push({ atMs: this.#reference.trueMs, durationMs: suspendedMs })
      this.#reference = { trueMs: nowMs, monotonicMs: this.#reference.monotonicMs }
    }
    if (from === 'blocked') this.#blocks.push({ fromMs: this.#reference.trueMs, untilMs: nowMs })
    this.state = 'running'
    this.resumed = { atMs: nowMs, from }
    const deferred = this.#random.shuffle(this.#deferred)
    this.#deferred = []
    for (const run of deferred) this.#scheduler.after(0, () => this.deliver(run))
  }

  kill(): void {
    this.state = 'dead'
    this.#deferred = []
  }

  #sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      let settled = false
      const dueMs = this.monotonicMs() + Math.max(durationMs, 0)
      const onAbort = (): void => {
        settled = true
        reject(signal!.reason)
      }
      const ring = (): void => {
        if (settled || this.state === 'dead') return
        // The machine may have slept meanwhile.
        if (this.monotonicMs() < dueMs) return this.#ringAt(dueMs, ring)
        settled = true
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#ringAt(dueMs, ring)
    })
  }

  #ringAt(dueMs: number, ring: () => void): void {
    // A nanosecond late, as real timers are never early: without it a sum of fractions could fall due for ever.
    this.#scheduler.after((dueMs - this.monotonicMs()) / this.rate + 1e-6, () => this.deliver(ring))
  }
}
