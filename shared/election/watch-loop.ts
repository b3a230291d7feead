import { LockError, type Lock, type LockEvent } from '../locks/index.ts'
import type { Clock } from '../time/index.ts'

/** A Role may allow watching later; until then asking costs next to nothing. */
const FORBIDDEN_PAUSE_MS = 300_000

interface WatchLoopOptions {
  readonly lock: Lock
  readonly clock: Clock
  /** How long to wait before the next try; milliseconds. */
  readonly pauseMs: () => number
  readonly onEvent: (event: LockEvent) => void
  readonly onEnd: () => void
  /** The watch failed. The same failure of the next tries is not told again, until the watch has told something. */
  readonly onError: (error: unknown) => void
}

/** Keeps a lock watched: begins again, after a pause, whenever the watch ends, and when it is told to. */
export class WatchLoop {
  readonly #options: WatchLoopOptions
  #watch: AbortController | null = null
  #lastError: string | null = null

  constructor(options: WatchLoopOptions) {
    this.#options = options
  }

  /** Runs until the signal is aborted. Rejects where the clock fails. */
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

  /** Gives up the watch under way, if there is one: it does not tell what it should. */
  restart(): void {
    this.#watch?.abort()
  }

  #tellError(error: unknown): void {
    const text = String(error)
    if (text !== this.#lastError) this.#options.onError(error)
    this.#lastError = text
  }

  /** Resolves with what the watch failed with; null where it just ended. */
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
        // A lock that does not listen to its signal does not hold up the next try.
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
