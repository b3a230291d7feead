import type { Clock } from '../time/clock.ts'

/** How often the clocks are compared, and so how late a process may learn that the machine slept; milliseconds. */
const TICK_MS = 50

/** A smaller difference is only the precision of the wall clock; milliseconds. */
const JUMP_MS = 2

interface Listener {
  readonly onJump: () => void
  /** The clock has failed, so there are no more comparisons. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Reports when the wall clock has moved against the monotonic clock: ahead, because the machine slept or the clock was
 * set, or back. On most systems the monotonic clock, and with it every timer, stands still while the machine sleeps, so a
 * leader's deadline would ring late by the whole time of the sleep. Only the wall clock shows the sleep, and setting it
 * back beforehand must not hide that. All listeners of one clock share one timer.
 *
 * @returns a function that ends the comparison for this listener
 */
export function onWake(clock: Clock, listener: Listener): () => void {
  const ticker = tickers.get(clock) ?? new Ticker(clock)
  tickers.set(clock, ticker)
  return ticker.add(listener)
}

const tickers = new WeakMap<Clock, Ticker>()

class Ticker {
  readonly #clock: Clock
  readonly #listeners = new Set<Listener>()
  #stop: AbortController | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (!this.#stop) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.abort()
      this.#stop = null
    }
  }

  #start(): void {
    const stop = new AbortController()
    this.#stop = stop
    this.#run(stop.signal).catch((error: unknown) => {
      if (stop.signal.aborted) return
      this.#stop = null
      for (const { onFailure } of [...this.#listeners]) onFailure(error)
    })
  }

  /** Rejects when it is stopped, or if the clock fails. */
  async #run(stopped: AbortSignal): Promise<never> {
    let toldMs = this.#leadMs()
    for (;;) {
      await this.#clock.sleep(TICK_MS, stopped)
      const leadMs = this.#leadMs()
      if (Math.abs(leadMs - toldMs) <= JUMP_MS) continue
      toldMs = leadMs
      for (const { onJump } of [...this.#listeners]) onJump()
    }
  }

  #leadMs(): number {
    return this.#clock.wallMs() - this.#clock.monotonicMs()
  }
}
