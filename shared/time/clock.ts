/**
 * The only source of time in this project. Nothing outside this folder reads the system's clocks or sets timers, so that
 * everything that depends on time can run on a {@link FakeClock}.
 */
export interface Clock {
  /** The wall clock, in milliseconds since the Unix epoch. It can jump in both directions. */
  wallMs(): number
  /** A clock that never goes back, in milliseconds since an arbitrary origin. Only differences have a meaning. */
  monotonicMs(): number
  /**
   * Resolves after `durationMs` milliseconds on the monotonic clock, or immediately if that is not positive. Rejects with
   * the signal's reason if `signal` is aborted before that.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}

/** The longest delay of setTimeout; with a longer one, it would fire immediately. */
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
