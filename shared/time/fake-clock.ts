import type { Clock } from './clock.ts'

interface Sleeper {
  readonly dueMs: number
  readonly order: number
  readonly wake: () => void
}

/**
 * A clock for tests, which moves only when told to. Sleeps end in the order in which they are due, and everything that the
 * end of one sleep starts runs before the next one ends.
 */
export class FakeClock implements Clock {
  #monotonicMs: number
  #wallOffsetMs: number
  #sleepers: Sleeper[] = []
  #order = 0

  /** @param start.wallMs wall clock at the start, milliseconds since the epoch (default 2026-01-01T00:00:00Z). */
  constructor(start: { wallMs?: number; monotonicMs?: number } = {}) {
    this.#monotonicMs = start.monotonicMs ?? 1_000
    this.#wallOffsetMs = (start.wallMs ?? Date.UTC(2026, 0, 1)) - this.#monotonicMs
  }

  wallMs(): number {
    return this.#monotonicMs + this.#wallOffsetMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal!.reason)
      }
      const sleeper: Sleeper = {
        dueMs: this.#monotonicMs + Math.max(durationMs, 0),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Moves both clocks forward, ends every sleep that is due, and runs what that starts. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + durationMs
    await settle()
    for (;;) {
      const next = this.#sleepers
        .filter((sleeper) => sleeper.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0]
      if (!next) break
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs)
      next.wake()
      await settle()
    }
    this.#monotonicMs = untilMs
    await settle()
  }

  /** Sets only the wall clock, as a person or NTP does. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }
}

/** Runs all promise callbacks that are ready, and those that they make ready. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
