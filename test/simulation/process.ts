import type { Clock } from '../../shared/time/index.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** `stopped`: by SIGSTOP, the clocks run on. `asleep`: with its machine, the monotonic clock stands still. */
export type ProcessState = 'running' | 'stopped' | 'asleep' | 'dead'

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
  #wallLeadMs: number
  /** The monotonic clock as it was at a true time. */
  #reference: { readonly trueMs: number; readonly monotonicMs: number }
  #deferred: (() => void)[] = []

  constructor(scheduler: Scheduler, random: Random, options: { name: string; rate: number; wallLeadMs: number }) {
    this.#scheduler = scheduler
    this.#random = random
    this.name = options.name
    this.rate = options.rate
    this.#wallLeadMs = options.wallLeadMs
    this.#reference = { trueMs: scheduler.nowMs, monotonicMs: random.between(1_000, 1_000_000) }
    this.clock = {
      monotonicMs: () => this.monotonicMs(),
      wallMs: () => Math.floor(this.monotonicMs() + this.#wallLeadMs),
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
    }
  }

  monotonicMs(): number {
    if (this.state === 'asleep') return this.#reference.monotonicMs
    return this.#reference.monotonicMs + (this.#scheduler.nowMs - this.#reference.trueMs) * this.rate
  }

  jumpWall(byMs: number): void {
    this.#wallLeadMs += byMs
  }

  /** Lets something happen to the process: now, or when it resumes. */
  deliver(run: () => void): void {
    if (this.state === 'running') run()
    else if (this.state !== 'dead') this.#deferred.push(run)
  }

  suspend(how: 'stopped' | 'asleep'): void {
    if (this.state !== 'running') return
    this.#reference = { trueMs: this.#scheduler.nowMs, monotonicMs: this.monotonicMs() }
    this.state = how
  }

  resume(): void {
    if (this.state !== 'stopped' && this.state !== 'asleep') return
    const from = this.state
    if (from === 'asleep') {
      this.#wallLeadMs += (this.#scheduler.nowMs - this.#reference.trueMs) * this.rate
      this.#reference = { trueMs: this.#scheduler.nowMs, monotonicMs: this.#reference.monotonicMs }
    }
    this.state = 'running'
    this.resumed = { atMs: this.#scheduler.nowMs, from }
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
