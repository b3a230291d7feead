/**
 * Time as the rest of the project sees it. Nothing outside this room reads the system's clocks or sets timers, so
 * that everything which decides by time can be run on a {@link FakeClock}.
 */
export interface Clock {
  /** The wall clock, in milliseconds since the Unix epoch. It can jump in both directions. */
  wallMs(): number
  /** A clock that never goes back, in milliseconds since an arbitrary origin. Differences only. */
  monotonicMs(): number
  /**
   * Resolves once `durationMs` milliseconds have passed on the monotonic clock (at once where it is not positive).
   * Rejects with the signal's reason when `signal` is aborted first, or already was.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}

/** setTimeout's longest delay; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647

/** The clocks of this machine. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1000 + nanoseconds / 1e6
  },
  sleep(durationMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal!.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(Math.max(durationMs, 0), LONGEST_TIMER_MS),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}
