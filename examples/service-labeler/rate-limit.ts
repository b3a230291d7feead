import type { Clock } from '../../shared/index.ts'

/** A token bucket, as controllers use for their requests: it allows bursts, and limits the average rate. */
export class RateLimit {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  /** When the bucket is, or was, full; on the monotonic clock. */
  #fullAtMs: number

  constructor(clock: Clock, limits: { readonly perSecond: number; readonly burst: number }) {
    this.#clock = clock
    this.#perSecond = limits.perSecond
    this.#burst = limits.burst
    this.#fullAtMs = clock.monotonicMs()
  }

  /** Resolves when there is a token, and takes it. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    const perTokenMs = 1000 / this.#perSecond
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + perTokenMs
    await this.#clock.sleep(this.#fullAtMs - nowMs - this.#burst * perTokenMs, signal)
  }
}
