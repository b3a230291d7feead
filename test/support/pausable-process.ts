import type { FakeClock } from '../../shared/time/fake-clock.ts'
import type { Clock } from '../../shared/time/clock.ts'

/**
 * A process with one event loop, on a {@link FakeClock}: while it is paused (`SIGSTOP`, a blocked loop) time passes, but
 * nothing happens in it. When it goes on, timers that are due come first, and then what was sent to it meanwhile: as in
 * Node's loop, where timers come before what can be read.
 */
export class PausableProcess {
  readonly clock: Clock
  readonly #inner: FakeClock
  #resumed = Promise.withResolvers<undefined>()
  #isPaused = false
  #isDead = false
  readonly #unread: (() => void)[] = []

  constructor(inner: FakeClock) {
    this.#inner = inner
    this.clock = {
      wallMs: () => inner.wallMs(),
      monotonicMs: () => inner.monotonicMs(),
      sleep: async (durationMs, signal) => {
        await inner.sleep(durationMs, signal)
        while (this.#isPaused || this.#isDead) await this.#resumed.promise
      },
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused || this.#isDead) return
    this.#isPaused = false
    void this.#inner.sleep(0).then(() => this.#read())
    this.#resumed.resolve(undefined)
    this.#resumed = Promise.withResolvers()
  }

  /** Nothing happens in it any more. */
  kill(): void {
    this.#isDead = true
  }

  /** Something comes in: it happens when the process next reads. */
  receive(happens: () => void): void {
    this.#unread.push(happens)
    this.#read()
  }

  #read(): void {
    while (!this.#isPaused && !this.#isDead && this.#unread.length > 0) this.#unread.shift()!()
  }
}
