import type { Clock } from '../../time/clock.ts'

/** Timers are late by this much only when the process was stopped, or starved as if it were. */
const PAUSED_MS = 5_000

/**
 * Tells, after a sleep, whether this process was away for much longer than it meant to: it was stopped (its timers are
 * late), or the machine slept (the monotonic clock of most systems stands still then, and the wall clock has jumped
 * ahead of it). A wall clock that was set ahead looks the same.
 */
export class PauseDetector {
  readonly #clock: Clock
  readonly #monotonicMs: number
  readonly #wallMs: number

  /** Begins now. */
  constructor(clock: Clock) {
    this.#clock = clock
    this.#monotonicMs = clock.monotonicMs()
    this.#wallMs = clock.wallMs()
  }

  /**
   * For how many milliseconds this process was away, where that is much more than it meant to be; else 0.
   * @param expectedMs How long it meant to be away at most.
   */
  pausedMs(expectedMs: number): number {
    const awayMs = Math.max(this.#clock.monotonicMs() - this.#monotonicMs, this.#clock.wallMs() - this.#wallMs)
    return awayMs - expectedMs >= PAUSED_MS ? awayMs : 0
  }
}
