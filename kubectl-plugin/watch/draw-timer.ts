import type { Clock } from '../../shared/time/clock.ts'

/** The minimum time between two draws: at most ten per second. */
const SHORTEST_INTERVAL_MS = 100
/** Countdowns show whole seconds, so the screen changes once per second even without events. */
const IDLE_INTERVAL_MS = 1000

/** Decides when to draw: once per second, and earlier on request, but at most ten times per second. */
export class DrawTimer {
  readonly #clock: Clock
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #dueAtMs = 0
  #sleep = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Requests a draw within `withinMs` milliseconds. */
  request(withinMs: number): void {
    const dueAtMs = Math.max(this.#clock.monotonicMs() + withinMs, this.#drawnAtMs + SHORTEST_INTERVAL_MS)
    if (dueAtMs >= this.#dueAtMs) return
    this.#dueAtMs = dueAtMs
    this.#sleep.abort()
  }

  /** Calls `draw` whenever it is due, until `signal` is aborted. */
  async run(draw: () => void, signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#sleep.abort()
    signal.addEventListener('abort', wake)
    while (!signal.aborted) {
      this.#drawnAtMs = this.#clock.monotonicMs()
      this.#dueAtMs = this.#drawnAtMs + IDLE_INTERVAL_MS
      draw()
      await this.#untilDue(signal)
    }
    signal.removeEventListener('abort', wake)
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    for (;;) {
      const leftMs = this.#dueAtMs - this.#clock.monotonicMs()
      if (leftMs <= 0 || signal.aborted) return
      this.#sleep = new AbortController()
      try {
        await this.#clock.sleep(leftMs, this.#sleep.signal)
      } catch {
        // Woken early: the next draw is due earlier, or the timer is over.
      }
    }
  }
}
