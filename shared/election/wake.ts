import type { Clock } from '../time/index.ts'

/** How often the clocks are compared, and so how late a machine that has slept may learn of it; milliseconds. */
const TICK_MS = 50

/** Less than this is the precision of the wall clock, and not worth waking anybody; milliseconds. */
const JUMP_MS = 2

interface Listener {
  readonly onJump: () => void
  /** The clock has failed: there is nothing to compare any more. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Tells when the wall clock has moved against the monotonic clock: ahead, because the machine has slept or somebody
 * set it; or back. While a machine sleeps the monotonic clock, and with it every timer, stands still on most systems,
 * so that a leader's deadline would ring as late as the machine slept long; only the wall clock shows it, and one that
 * was set back before must not hide it. All who wait for the same clock share one timer.
 *
 * @returns ends it
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

  /** Rejects once it is stopped. */
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
