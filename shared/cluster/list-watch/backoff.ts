/** See {@link Backoff}. */
export interface BackoffOptions {
  /** The longest that the first wait can be, in milliseconds. */
  readonly initialMs: number
  /** The longest that any wait can be, in milliseconds. */
  readonly maxMs: number
  /** A number from 0 up to 1, for the jitter. */
  readonly random?: () => number
}

/**
 * How long to wait before trying again: twice as long each time, and each time somewhere between half of that and the
 * whole, so that many clients of a server that comes back do not all call at once.
 */
export class Backoff {
  readonly #options: BackoffOptions
  #nextMs: number

  constructor(options: BackoffOptions) {
    this.#options = options
    this.#nextMs = options.initialMs
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const longestMs = this.#nextMs
    this.#nextMs = Math.min(longestMs * 2, this.#options.maxMs)
    const random = this.#options.random ?? Math.random
    return longestMs * (0.5 + random() / 2)
  }

  /** Starts over: things have gone well for a while. */
  reset(): void {
    this.#nextMs = this.#options.initialMs
  }
}
