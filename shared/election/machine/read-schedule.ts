interface Pace {
  readonly retryPeriodMs: number
  readonly jitterFactor: number
}

/**
 * When a standby reads the record next. With a working watch, a read is due only if the watch has been silent for longer
 * than the time between two renewals. Without a watch, or after such a silence, a standby reads as often as one of
 * client-go (`wait.JitterUntil`: every `retryPeriod × (1 … 1 + jitterFactor)`).
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

  /** The watch reported the newest state: it works, so the next read can wait. */
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
   * The known state is outdated, because the record was written since. A hundred standbys may have learned that at the
   * same moment, so each reads at a random time within half a retry period. If that read settles nothing, the next one
   * waits for a full poll.
   *
   * @param times how often in a row this has happened
   */
  outdated(nowMs: number, times: number): void {
    this.#dueMs = nowMs + (times > 1 ? this.pollMs() : (this.#random() * this.#pace.retryPeriodMs) / 2)
  }

  /** The time until a standby's next poll, as in client-go. */
  pollMs(): number {
    return this.#pace.retryPeriodMs * (1 + this.#pace.jitterFactor * this.#random())
  }

  /** The longest time between two polls: 2.2 retry periods with the default jitter factor. */
  get longestPollMs(): number {
    return this.#pace.retryPeriodMs * (1 + this.#pace.jitterFactor)
  }
}
