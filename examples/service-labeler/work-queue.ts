import type { Clock } from '../../shared/index.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 30_000

/**
 * A queue of keys with the rules of client-go's workqueue: a key is in it at most once. While a key is being processed, it
 * is not handed out again, but it is processed again afterwards if it was added in the meantime. A key that failed is
 * retried, after a delay that doubles each time.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #waiting = new Set<string>()
  readonly #inWork = new Set<string>()
  /** Keys that were added while they were being processed. */
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  #wake: (() => void) | null = null

  /** @param signal ends the queue: it hands out no more keys. */
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

  /** Processes one key after the other until the signal is aborted. A key that failed is retried. */
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
      // Aborted: no more keys are processed.
      () => undefined,
    )
  }

  /** Takes out the key that has waited longest; if there is none, waits for one. Null once aborted. */
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
