import type { Clock } from '../../time/clock.ts'

/**
 * Calls back once at the earliest of the times that it was set for; then it wants to be set again. It has a timer of its own:
 * an elector's `Alarm` shares one with all electors of its clock, and nothing that a view does may stop that.
 */
export class EarliestAlarm implements Disposable {
  readonly #clock: Clock
  readonly #onDue: (lateByMs: number) => void
  #dueAtMs = Number.POSITIVE_INFINITY
  #sleep: AbortController | null = null
  #isDisposed = false

  /** @param onDue Told by how many milliseconds it is called too late. */
  constructor(clock: Clock, onDue: (lateByMs: number) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** @param dueAtMs Monotonic milliseconds; a later time than it is set for already changes nothing. */
  setForMs(dueAtMs: number): void {
    if (dueAtMs >= this.#dueAtMs || this.#isDisposed) return
    this.#sleep?.abort()
    const nowMs = this.#clock.monotonicMs()
    const atMs = Math.max(dueAtMs, nowMs)
    const sleep = new AbortController()
    this.#sleep = sleep
    this.#dueAtMs = atMs
    this.#clock.sleep(atMs - nowMs, sleep.signal).then(
      () => {
        if (sleep.signal.aborted) return
        this.#dueAtMs = Number.POSITIVE_INFINITY
        this.#onDue(this.#clock.monotonicMs() - atMs)
      },
      () => {},
    )
  }

  /** Never calls back again. */
  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#sleep?.abort()
  }
}
