interface Pace {
  readonly retryPeriodMs: number
  readonly jitterFactor: number
}

/**
 * When a standby reads the record next. A watch that works saves the reads: they fall due only when it has been silent
 * for longer than a leader is between two renewals. Without one, or when it has fallen silent, a standby reads as often
 * as client-go's (`wait.JitterUntil`: every `retryPeriod × (1 … 1 + jitterFactor)`).
 */
export class ReadSchedule {
  readonly #pace: Pace
  readonly #random: () => number
  #dueMs = Number.NEGATIVE_INFINITY

  /** @param random returns numbers from 0 to below 1 */
  constructor(pace: Pace, random: () => number) {
    this.#pace = pace
    this.#random = random
  }

  /** When to read next; monotonic milliseconds. */
  get dueMs(): number {
    return this.#dueMs
  }

  /** The watch told of the newest state, or of what was known to be the newest: it works, and saves the next read. */
  watched(nowMs: number): void {
    this.#dueMs = nowMs + this.longestPollMs
  }

  watchEnded(nowMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, nowMs + this.pollMs())
  }

  /** A read was answered, or failed. */
  read(nowMs: number): void {
    this.#dueMs = nowMs + this.pollMs()
  }

  /**
   * What is known is out of date: somebody has written since. A hundred standbys may have learned that at once; the
   * first time they read within half a retry period, and when that did not settle it, they take their time.
   */
  outdated(nowMs: number, times: number): void {
    this.#dueMs = nowMs + (times > 1 ? this.pollMs() : (this.#random() * this.#pace.retryPeriodMs) / 2)
  }

  /** The time until the next try of a standby, as client-go's. */
  pollMs(): number {
    return this.#pace.retryPeriodMs * (1 + this.#pace.jitterFactor * this.#random())
  }

  /** The longest time between two tries: 2.2 retry periods with the default jitter factor. */
  get longestPollMs(): number {
    return this.#pace.retryPeriodMs * (1 + this.#pace.jitterFactor)
  }
}
