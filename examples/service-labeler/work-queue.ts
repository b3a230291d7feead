import type { Clock } from '../../shared/index.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 30_000

/**
 * A queue of keys, with what client-go's workqueue has: a key is in it once, however often it is added; while it is
 * worked on it is not handed out a second time, but again afterwards if it was added meanwhile; a key that failed comes
 * back later, twice as late each time.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #waiting = new Set<string>()
  readonly #inWork = new Set<string>()
  /** What was added while it was worked on. */
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  #wake: (() => void) | null = null

  /** @param signal ends it: nothing is handed out any more. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  add(key: string): void {
    if (this.#inWork.has(key)) this.#again.add(key)
    else this.#waiting.add(key)
    this.#wake?.()
  }

  /** Works on one key after the other until the signal is aborted. A key whose work fails is tried again. */
  async work(handle: (key: string) => Promise<void>, onRetry: (key: string, error: unknown) => void): Promise<void> {
    for (let key = await this.#next(); key !== null; key = await this.#next()) {
      this.#inWork.add(key)
      try {
        await handle(key)
        this.#failures.delete(key)
      } catch (error) {
        if (this.#signal.aborted) return
        onRetry(key, error)
        this.#addLater(key)
      } finally {
        this.#inWork.delete(key)
        if (this.#again.delete(key)) this.add(key)
      }
    }
  }

  #addLater(key: string): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS)
    this.#clock.sleep(pauseMs, this.#signal).then(
      () => this.add(key),
      // Aborted: nobody works on it any more.
      () => undefined,
    )
  }

  /** Takes out the key that has waited longest; waits for one where there is none. Null once aborted. */
  async #next(): Promise<string | null> {
    while (!this.#signal.aborted) {
      const [key] = this.#waiting
      if (key !== undefined) {
        this.#waiting.delete(key)
        return key
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
    return null
  }
}
