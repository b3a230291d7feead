import { durationText } from '../duration.ts'
import type { Clock } from '../time/clock.ts'
import type { HealthConfig } from './health-config.ts'
import { HealthTally } from './health-tally.ts'

/** A candidate has become healthy or unhealthy. */
export interface HealthChange {
  readonly isHealthy: boolean
  /** Why the last check failed, not escaped; null if it did not. */
  readonly reason: string | null
}

/** Checks a candidate's health again and again, and tells when it changes. */
export class HealthMonitor {
  readonly #config: HealthConfig
  readonly #clock: Clock
  readonly #onChange: (change: HealthChange) => void
  /** A check that has timed out, until it settles. */
  #hanging: Promise<unknown> | null = null

  constructor(config: HealthConfig, clock: Clock, onChange: (change: HealthChange) => void) {
    this.#config = config
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Runs until the signal is aborted. Rejects only with what the clock or `onChange` threw. */
  async run(signal: AbortSignal): Promise<void> {
    const tally = new HealthTally(this.#config)
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      const startedAtMs = this.#clock.monotonicMs()
      const reason = await this.#checkOnce(signal)
      if (isOver()) return
      const isHealthy = tally.count(reason === null)
      if (isHealthy !== null) this.#onChange({ isHealthy, reason })
      await this.#sleep(startedAtMs + this.#config.intervalMs - this.#clock.monotonicMs(), signal)
    }
  }

  /** Why the check failed; null if it did not. */
  async #checkOnce(signal: AbortSignal): Promise<string | null> {
    const { check, timeoutMs } = this.#config
    const late = `no answer within ${durationText(timeoutMs)}`
    if (this.#hanging) return late
    const over = new AbortController()
    const running = (async () => check(AbortSignal.any([signal, over.signal])))().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    this.#hanging = running
    void running.then(() => (this.#hanging = null))
    const timer = new AbortController()
    const timeout = this.#sleep(timeoutMs, AbortSignal.any([signal, timer.signal])).then(() => late)
    try {
      return await Promise.race([running, timeout])
    } finally {
      timer.abort()
      over.abort()
    }
  }

  /** As the clock's, but resolves if the signal is aborted. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, ms), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
