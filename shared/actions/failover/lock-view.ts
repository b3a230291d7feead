import { ClusterError } from '../../cluster/errors.ts'
import { WatchLoop } from '../../election/watch-loop.ts'
import type { ElectionRecord } from '../../lease/record.ts'
import { clusterErrorOf, LockError } from '../../locks/errors.ts'
import { compareVersions } from '../../locks/version.ts'
import type { Lock, LockedRecord } from '../../locks/lock.ts'
import type { Clock } from '../../time/clock.ts'
import { withPatience } from '../../time/with-patience.ts'
import { lockPhrase } from '../../lease/election-ref.ts'
import { phrase } from '../../phrase.ts'

/** A state of the record, and when this process learned it. */
export interface Sight {
  /** Null if there is no record. */
  readonly locked: LockedRecord | null
  /** Monotonic milliseconds. */
  readonly atMs: number
}

/** The first pause before a read. While nothing changes, the pause grows. */
const SHORTEST_POLL_MS = 100
const WATCH_PAUSE_MS = 1_000

/** The newest known state of a lock's record, from a watch, a read, or a write of this process. */
export class LockView {
  readonly #lock: Lock
  readonly #clock: Clock
  readonly #requestTimeoutMs: number
  readonly #signal: AbortSignal | undefined
  #sight: Sight | null = null
  #newestVersion: string | null = null
  #wake = new AbortController()
  #pollMs = SHORTEST_POLL_MS

  /** @param options.signal Ends requests when aborted. Only for a view that writes nothing: what became of a write must be read. */
  constructor(lock: Lock, clock: Clock, options: { readonly requestTimeoutMs: number; readonly signal?: AbortSignal | undefined }) {
    this.#lock = lock
    this.#clock = clock
    this.#requestTimeoutMs = options.requestTimeoutMs
    this.#signal = options.signal
  }

  /** Null before the first answer. */
  get sight(): Sight | null {
    return this.#sight
  }

  /** Watches until the signal is aborted. If watching is not allowed, {@link changed} polls instead. */
  async run(signal: AbortSignal): Promise<void> {
    await new WatchLoop({
      lock: this.#lock,
      clock: this.#clock,
      pauseMs: () => WATCH_PAUSE_MS,
      onEvent: (event) =>
        event.type === 'written' ? this.learn(event.locked, event.locked.version) : this.learn(null, event.version),
      onEnd: () => undefined,
      onError: () => undefined,
    }).run(signal)
  }

  /** Takes in a state, unless a newer one is known. @param version null if a read found no record */
  learn(locked: LockedRecord | null, version: string | null): void {
    if (version !== null && this.#newestVersion !== null && compareVersions(version, this.#newestVersion) <= 0) return
    this.#newestVersion = version ?? this.#newestVersion
    this.#sight = { locked, atMs: this.#clock.monotonicMs() }
    this.#pollMs = SHORTEST_POLL_MS
    this.#wake.abort()
  }

  /** Reads the record now. Rejects with a LockError, also if no answer arrives in time. */
  async read(): Promise<LockedRecord | null> {
    const before = this.#sight
    const found = await this.request((signal) => this.#lock.read(signal))
    const wasOvertaken = this.#sight !== before
    // An answer of the storage counts even if its version is older than a known one: a restored storage goes back.
    if (found && !wasOvertaken && found.version !== this.#newestVersion) this.#newestVersion = null
    if (found) this.learn(found, found.version)
    // If the watch has reported a state in the meantime, that one is at least as new as this absence.
    else if (!wasOvertaken && before?.locked !== null) this.learn(null, null)
    return this.#sight!.locked
  }

  /** Sends one request, with a timeout. */
  async request<Answer>(send: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    return withPatience(this.#clock, this.#requestTimeoutMs, async (over) => {
      try {
        return await send(this.#signal ? AbortSignal.any([over, this.#signal]) : over)
      } catch (error) {
        const isUnanswered = over.aborted && error instanceof LockError && error.kind === 'unknown'
        throw isUnanswered ? unanswered(this.#lock.description, this.#requestTimeoutMs) : error
      }
    })
  }

  /** Sends a write, and takes in its result. */
  async write(send: (signal: AbortSignal) => Promise<LockedRecord>): Promise<LockedRecord> {
    const locked = await this.request(send)
    this.learn(locked, locked.version)
    return locked
  }

  /**
   * Waits until a new state is known, the signal is aborted, or the monotonic clock reaches `untilMs`. If the watch is
   * silent, it reads the record. Never rejects.
   */
  async changed(untilMs: number, longestPollMs: number, signal?: AbortSignal): Promise<void> {
    this.#wake = new AbortController()
    const wake = (): void => this.#wake.abort()
    if (signal?.aborted) return
    signal?.addEventListener('abort', wake, { once: true })
    try {
      const leftMs = untilMs - this.#clock.monotonicMs()
      const pollMs = Math.min(this.#pollMs, longestPollMs)
      const { signal: woken } = this.#wake
      await this.#clock.sleep(Math.min(leftMs, pollMs), woken).catch(() => undefined)
      if (woken.aborted || leftMs <= pollMs) return
      this.#pollMs = pollMs * 2
      await this.read().catch(() => undefined)
    } finally {
      signal?.removeEventListener('abort', wake)
    }
  }
}

/** Reads a view's record now; null if there is none. Rejects with a ClusterError. */
export async function readRecord(view: LockView): Promise<ElectionRecord | null> {
  try {
    return (await view.read())?.record ?? null
  } catch (error) {
    throw clusterErrorOf(error)
  }
}

/** What a person can make something of. */
function unanswered(what: string, afterMs: number): LockError {
  const message = phrase`The API server did not answer a request for the ${lockPhrase(what)} within ${Math.round(afterMs / 100) / 10}s.`
  return new LockError('unknown', message.text, { cause: new ClusterError(message, { kind: 'timeout' }) })
}
