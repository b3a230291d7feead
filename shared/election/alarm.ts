import type { Clock } from '../time/index.ts'

/** The reason for ending a sleep. One shared error, because a new one would capture the stack each time. */
const CLEARED = new Error('the alarm was cleared or set again')

/** Rings once at a moment of the monotonic clock; setting it again replaces the moment. Reports a clock that fails. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  readonly #fail: (error: unknown) => void
  #setting: { readonly atMs: number; readonly controller: AbortController } | null = null

  constructor(clock: Clock, ring: () => void, fail: (error: unknown) => void) {
    this.#clock = clock
    this.#ring = ring
    this.#fail = fail
  }

  /** @param atMs monotonic milliseconds; a moment in the past rings in the next turn of the event loop, infinity never */
  set(atMs: number): void {
    if (this.#setting?.atMs === atMs) return
    this.clear()
    if (atMs === Number.POSITIVE_INFINITY) return
    const controller = new AbortController()
    const setting = { atMs, controller }
    this.#setting = setting
    this.#clock.sleep(atMs - this.#clock.monotonicMs(), controller.signal).then(
      () => {
        if (this.#setting !== setting) return
        this.#setting = null
        this.#ring()
      },
      (error: unknown) => {
        if (this.#setting === setting) this.#fail(error)
      },
    )
  }

  clear(): void {
    this.#setting?.controller.abort(CLEARED)
    this.#setting = null
  }
}
