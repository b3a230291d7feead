import { LockError } from '../locks/errors.ts'
import type { Lock, LockEvent } from '../locks/lock.ts'
import type { Clock } from '../time/clock.ts'

/** A Role may allow watching later. At this interval, asking again costs almost nothing. */
const FORBIDDEN_PAUSE_MS = 300_000

interface WatchLoopOptions {
  readonly lock: Lock
  readonly clock: Clock
  /** How long to wait before the next attempt; milliseconds. */
  readonly pauseMs: () => number
  readonly onEvent: (event: LockEvent) => void
  readonly onEnd: () => void
  /** The watch failed. The same failure is not reported again until the watch has delivered an event. */
  readonly onError: (error: unknown) => void
}

/** Keeps a lock watched: starts the watch again, after a pause, whenever it ends, and on {@link restart}. */
export class WatchLoop {
  readonly #options: WatchLoopOptions
  #watch: AbortController | null = null
  #lastError: string | null = null

  constructor(options: WatchLoopOptions) {
    this.#options = options
  }

  /** Runs until the signal is aborted. Rejects if the clock fails. */
  async run(signal: AbortSignal): Promise<void> {
    const { lock, clock, pauseMs, onEnd } = this.#options
    if (!lock.watch) return
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      const error = await this.#watchOnce(lock, signal)
      if (isOver()) return
      if (error !== null) this.#tellError(error)
      onEnd()
      const isForbidden = error instanceof LockError && error.kind === 'forbidden'
      try {
        await clock.sleep(isForbidden ? FORBIDDEN_PAUSE_MS : pauseMs(), signal)
      } catch (failure) {
        if (!isOver()) throw failure
      }
    }
  }

  /** Ends the watch under way, if any, because it has missed something. */
  restart(): void {
    this.#watch?.abort()
  }

  #tellError(error: unknown): void {
    const text = String(error)
    if (text !== this.#lastError) this.#options.onError(error)
    this.#lastError = text
  }

  /** Resolves with the error of the watch; null if it ended without one. */
  async #watchOnce(lock: Lock, signal: AbortSignal): Promise<unknown> {
    const watch = new AbortController()
    const stop = (): void => watch.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#watch = watch
    try {
      await Promise.race([
        lock.watch!((event) => {
          if (watch.signal.aborted) return
          this.#lastError = null
          this.#options.onEvent(event)
        }, watch.signal),
        // A lock that ignores its signal must not hold up the next attempt.
        new Promise<void>((resolve) => {
          watch.signal.addEventListener('abort', () => resolve(), { once: true })
        }),
      ])
      return null
    } catch (error) {
      return error
    } finally {
      this.#watch = null
      watch.abort()
      signal.removeEventListener('abort', stop)
    }
  }
}
