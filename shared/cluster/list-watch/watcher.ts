import type { Clock } from '../../time/index.ts'
import type { ApiClient } from '../client.ts'
import type { Collection } from './collection.ts'
import { ClusterError } from '../errors.ts'
import { listCollection, type Freshness } from './list.ts'
import { PauseDetector } from './pause-detector.ts'
import { Retry } from './retry.ts'
import { probeVersion, type ProbeAnswer } from './version-probe.ts'
import { openWatch, readWatch, type WatchEvent } from './watch-stream.ts'

/** What a watcher tells of one collection of objects. */
export type WatchMessage<T> =
  /** The whole collection as it is now: what is not in it is gone. */
  | { readonly type: 'snapshot'; readonly objects: readonly T[]; readonly resourceVersion: string }
  | { readonly type: 'applied'; readonly object: T }
  /** An object is gone, or no longer of the collection. */
  | { readonly type: 'deleted'; readonly namespace: string; readonly name: string }
  /** The view is current again, or for the first time; all that was missed has been told before. */
  | { readonly type: 'connected' }
  /** While connected: the view is proven to have been current at `atMs` (monotonic). */
  | { readonly type: 'current'; readonly atMs: number }
  /**
   * The view is stale since `sinceMs` (monotonic): the last moment at which it was known to be current. Told again
   * when the reason changes.
   */
  | { readonly type: 'disconnected'; readonly error: ClusterError; readonly sinceMs: number }

export type WatchListener<T> = (message: WatchMessage<T>) => void

export interface WatcherOptions {
  /** Whether a failure before the first `connected` ends the watcher, instead of being retried. Default false. */
  readonly failFast?: boolean
  /**
   * After how many milliseconds without a byte the server is asked whether the view is still current; null never asks
   * but on {@link Watcher.prove}, and relies on bookmarks. Default 10 s.
   */
  readonly silenceProbeMs?: number | null
  /** Milliseconds to wait for the first list; 0 is without end. Default 30 s. */
  readonly firstTimeoutMs?: number
  /** A number from 0 up to 1, for jitter. */
  readonly random?: () => number
}

/** The server is asked to end a watch after this long, plus as much again at random (client-go's reflector). */
const WATCH_TIMEOUT_SECONDS = 300
const OPEN_TIMEOUT_MS = 10_000
const FIRST_TIMEOUT_MS = 30_000
const LIST_TIMEOUT_MS = 10_000
const LONGEST_LIST_TIMEOUT_MS = 60_000
const SILENCE_PROBE_MS = 10_000
/** A kube-apiserver sends each watch a bookmark about every minute (`bookmarkFrequency` in its cacher). */
const DEAD_AFTER_MS = 90_000
/** How often the guard looks, at least. */
const LOOK_MS = 5_000
/** Between two proofs that were asked for. */
const PROOF_INTERVAL_MS = 1_000
/** A watch which was resumed sends what was missed at once; after this long it has begun to. */
const SETTLE_MS = 250
/** A server that has just come back may take longer, and may yet say that the version is gone. */
const RECOVER_MS = 1_000
/** A watch that lived this long counts as one that works. */
const STABLE_MS = 5_000
/** This many watches in a row that did not are a failure, even if each ended in the ordinary way. */
const MOST_SHORT_WATCHES = 3
/** Failures at the very start that `failFast` lets pass: the server says when to come back (its cache is filling). */
const MOST_EARLY_RETRIES = 3

/**
 * Lists a collection and watches it from there, and heals itself: a reflector, in client-go's words. What it tells is
 * complete and in order: each change once, or a new snapshot that holds its outcome.
 *
 * - After a break it resumes from the last version that it saw, bookmarks included; it lists again only where that
 *   version is gone (410), not older than what it has told before.
 * - A connection without a byte proves nothing. It asks the server, by reading the collection's version from etcd; if
 *   there is no answer, the view is stale; if the version has moved, a new watch must bring what moved, or nothing.
 * - `connected` is told only when the server has answered, and a watch is open.
 */
export class Watcher<T> {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #collection: Collection<T>
  readonly #listener: WatchListener<T>
  readonly #failFast: boolean
  readonly #silenceProbeMs: number
  readonly #random: () => number
  readonly #retry: Retry

  /** From which version to go on; null where the collection has to be listed. */
  #resourceVersion: string | null = null
  #freshness: Freshness = 'cache'
  #listTimeoutMs: number
  #hasListed = false
  #hasConnected = false
  #earlyRetries = 0
  /** Since when it was told to be stale, and why; null where it was not. */
  #stale: { readonly sinceMs: number; readonly error: ClusterError } | null = null
  /** When the view was last known to be current. */
  #currentAtMs = 0
  /** When the watch was opened that is under way, or ended last; null after a failure to open one. */
  #openedAtMs: number | null = null
  #lastByteAtMs = 0
  #hasSettled = false
  #shortWatches = 0
  /** Whether the last watch had a line that could not be read, with nothing readable since. */
  #isUnreadable = false
  /** Whether silence has already led to a new watch since the last event. */
  #hasReopened = false
  #isProofWanted = false
  #wake: (() => void) | null = null

  constructor(
    client: ApiClient,
    clock: Clock,
    collection: Collection<T>,
    listener: WatchListener<T>,
    options: WatcherOptions = {},
  ) {
    this.#client = client
    this.#clock = clock
    this.#collection = collection
    this.#listener = listener
    this.#failFast = options.failFast ?? false
    this.#listTimeoutMs = options.firstTimeoutMs ?? FIRST_TIMEOUT_MS
    this.#silenceProbeMs =
      options.silenceProbeMs === null ? Number.POSITIVE_INFINITY : (options.silenceProbeMs ?? SILENCE_PROBE_MS)
    this.#random = options.random ?? Math.random
    this.#retry = new Retry(this.#random)
  }

  /**
   * Watches until `signal` is aborted, and resolves then. Rejects with a ClusterError only before the first
   * `connected`, and only with `failFast`.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#currentAtMs = this.#clock.monotonicMs()
    let waitMs = 0
    for (;;) {
      try {
        if (waitMs > 0) await this.#clock.sleep(waitMs, signal)
        waitMs = await this.#listAndWatch(signal)
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof ClusterError)) throw error
        waitMs = this.#failed(error)
      }
    }
  }

  /**
   * Asks for a proof that the view is current: `current` follows, or `disconnected`. Soon, but not more often than
   * about once a second.
   */
  prove(): void {
    this.#isProofWanted = true
    this.#wake?.()
  }

  /** One round; resolves with the milliseconds to wait before the next. */
  async #listAndWatch(signal: AbortSignal): Promise<number> {
    this.#openedAtMs = null
    if (this.#stale && this.#hasListed && (await this.#probe(signal)) === 'reset') this.#forget('latest')
    const isFresh = this.#resourceVersion === null
    if (isFresh) await this.#list(signal)

    const ending = await this.#watch(isFresh, signal)
    if (!this.#hasBeenShort()) this.#wentWell()
    else if (ending === 'closed') return this.#shortWatch()
    return 0
  }

  async #list(signal: AbortSignal): Promise<void> {
    const sentAtMs = this.#clock.monotonicMs()
    try {
      const { objects, resourceVersion } = await listCollection(this.#client, this.#clock, this.#collection, {
        freshness: this.#freshness,
        timeoutMs: this.#listTimeoutMs,
        signal,
      })
      this.#resourceVersion = resourceVersion
      this.#freshness = { notOlderThan: resourceVersion }
      this.#listTimeoutMs = LIST_TIMEOUT_MS
      this.#hasListed = true
      this.#currentAtMs = sentAtMs
      this.#listener({ type: 'snapshot', objects, resourceVersion })
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'timeout') {
        this.#listTimeoutMs = Math.min(this.#listTimeoutMs * 2, LONGEST_LIST_TIMEOUT_MS)
      }
      throw error
    }
  }

  /** Watches from the present version on, until the server ends that, or the watch is in doubt and is closed. */
  async #watch(isFresh: boolean, signal: AbortSignal): Promise<'closed' | 'doubted'> {
    const stream = await openWatch(this.#client, this.#collection, {
      resourceVersion: this.#resourceVersion!,
      timeoutSeconds: Math.round(WATCH_TIMEOUT_SECONDS * (1 + this.#random())),
      openTimeoutMs: OPEN_TIMEOUT_MS,
      signal,
    })
    this.#openedAtMs = this.#lastByteAtMs = this.#clock.monotonicMs()
    this.#hasSettled = false
    this.#isProofWanted = false

    const over = new AbortController()
    const overSignal = AbortSignal.any([signal, over.signal])
    overSignal.addEventListener('abort', () => this.#wake?.(), { once: true })
    const sink = { onBytes: () => this.#onBytes(), onEvent: (event: WatchEvent) => this.#onEvent(event) }
    const origin = { server: this.#client.server, subject: { verb: 'watch', ...this.#collection.subject } }
    const reading = readWatch(stream, origin, sink, overSignal).then(() => 'closed' as const)
    const guarding = this.#guard(isFresh, overSignal)
    try {
      const ending = await Promise.race([reading, guarding])
      signal.throwIfAborted()
      return ending
    } finally {
      over.abort()
      stream.close()
      reading.catch(() => {})
      guarding.catch(() => {})
    }
  }

  #onEvent(event: WatchEvent): void {
    this.#resourceVersion = event.resourceVersion
    if (event.type === 'BOOKMARK') return
    this.#freshness = { notOlderThan: event.resourceVersion }
    this.#isUnreadable = false
    this.#hasReopened = false
    this.#currentAtMs = this.#clock.monotonicMs()
    const object = event.type === 'DELETED' ? null : this.#collection.decode(event.object)
    this.#listener(
      object === null
        ? { type: 'deleted', namespace: event.namespace, name: event.name }
        : { type: 'applied', object },
    )
  }

  #onBytes(): void {
    this.#lastByteAtMs = this.#clock.monotonicMs()
    if (!this.#hasSettled && this.#shortWatches < MOST_SHORT_WATCHES) this.#settle()
  }

  /** The watch that was opened has begun to send what was missed, or there was nothing. */
  #settle(): void {
    this.#hasSettled = true
    this.#tellCurrent(this.#openedAtMs!)
  }

  #settleMs(isFresh: boolean): number {
    if (this.#shortWatches >= MOST_SHORT_WATCHES) return STABLE_MS
    if (isFresh) return 0
    return this.#stale ? RECOVER_MS : SETTLE_MS
  }

  /** Sees to it that a watch which says nothing is not believed for long. Resolves when it is better opened anew. */
  async #guard(isFresh: boolean, signal: AbortSignal): Promise<'doubted'> {
    const settleMs = this.#settleMs(isFresh)
    if (settleMs > 0) await this.#clock.sleep(settleMs, signal)
    if (!this.#hasSettled) this.#settle()

    let askedAtMs = this.#openedAtMs!
    for (;;) {
      const dueMs = Math.max(this.#lastByteAtMs, askedAtMs) + this.#silenceProbeMs
      const napMs = Math.min(LOOK_MS, Math.max(dueMs - this.#clock.monotonicMs(), 0))
      const pauses = new PauseDetector(this.#clock)
      await this.#nap(napMs, signal)
      const pausedMs = pauses.pausedMs(napMs)
      if (pausedMs > 0) {
        this.#tellStale(paused(pausedMs))
        return 'doubted'
      }

      const nowMs = this.#clock.monotonicMs()
      const isProofWanted = this.#isProofWanted && nowMs - askedAtMs >= PROOF_INTERVAL_MS
      const isSilent = nowMs - Math.max(this.#lastByteAtMs, askedAtMs) >= this.#silenceProbeMs
      if (isProofWanted || isSilent) {
        askedAtMs = nowMs
        this.#isProofWanted = false
        const answer = await this.#probeOpenWatch(signal)
        const isLongAgo = nowMs - this.#openedAtMs! >= DEAD_AFTER_MS
        if (answer === 'reset') {
          this.#forget('latest')
          return 'doubted'
        }
        if (answer === 'moved' && (isProofWanted || !this.#hasReopened || isLongAgo)) {
          this.#hasReopened = true
          return 'doubted'
        }
      } else if (nowMs - this.#lastByteAtMs >= DEAD_AFTER_MS) {
        return 'doubted'
      }
    }
  }

  /** Sleeps until it is woken, or the time is over. */
  async #nap(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const atMostMs = this.#isProofWanted ? PROOF_INTERVAL_MS : durationMs
    await this.#clock.sleep(Math.min(durationMs, atMostMs), woken.signal).catch(() => {})
    this.#wake = null
    signal.throwIfAborted()
  }

  async #probeOpenWatch(signal: AbortSignal): Promise<ProbeAnswer> {
    const sentAtMs = this.#clock.monotonicMs()
    try {
      const answer = await this.#probe(signal)
      if (answer === 'same') this.#tellCurrent(sentAtMs)
      return answer
    } catch (error) {
      if (error instanceof ClusterError && !signal.aborted) this.#tellStale(error)
      throw error
    }
  }

  #probe(signal: AbortSignal): Promise<ProbeAnswer> {
    return probeVersion(this.#client, this.#collection, this.#resourceVersion, signal)
  }

  #forget(freshness: Freshness): void {
    this.#resourceVersion = null
    this.#freshness = freshness
  }

  /** Decides what follows from a failure; returns the milliseconds to wait, or throws where that is the end. */
  #failed(error: ClusterError): number {
    if (!this.#hasConnected && this.#failFast && !this.#isWorthAnotherTry(error)) throw error
    const wasShort = this.#hasBeenShort()
    this.#openedAtMs = null
    if (error.kind === 'expired') this.#resourceVersion = null
    if (error.kind === 'protocol') {
      if (this.#isUnreadable) this.#resourceVersion = null
      this.#isUnreadable = true
    }
    if (!wasShort && error.retryAfterMs === undefined) {
      this.#wentWell()
      return 0
    }
    if (error.kind === 'expired') {
      const delayMs = this.#shortWatch()
      return this.#shortWatches === 1 ? 0 : delayMs
    }
    this.#tellStale(error)
    return this.#retry.delayMs(error)
  }

  #isWorthAnotherTry(error: ClusterError): boolean {
    if (error.kind !== 'tooManyRequests' && error.kind !== 'expired') return false
    return ++this.#earlyRetries <= MOST_EARLY_RETRIES
  }

  #hasBeenShort(): boolean {
    return this.#openedAtMs === null || this.#clock.monotonicMs() - this.#openedAtMs < STABLE_MS
  }

  #wentWell(): void {
    this.#shortWatches = 0
    this.#retry.reset()
  }

  #shortWatch(): number {
    const error = new ClusterError(`${this.#client.server} ends each watch as soon as it has begun.`, {
      kind: 'protocol',
      subject: { verb: 'watch', ...this.#collection.subject },
    })
    if (++this.#shortWatches >= MOST_SHORT_WATCHES) this.#tellStale(error)
    return this.#retry.delayMs(error)
  }

  #tellCurrent(atMs: number): void {
    this.#currentAtMs = Math.max(this.#currentAtMs, atMs)
    if (this.#hasConnected && !this.#stale) {
      this.#listener({ type: 'current', atMs })
      return
    }
    this.#hasConnected = true
    this.#stale = null
    this.#listener({ type: 'connected' })
  }

  #tellStale(error: ClusterError): void {
    if (this.#stale?.error.kind === error.kind) return
    this.#stale = { sinceMs: this.#stale?.sinceMs ?? this.#currentAtMs, error }
    this.#listener({ type: 'disconnected', error, sinceMs: this.#stale.sinceMs })
  }
}

function paused(pausedMs: number): ClusterError {
  const seconds = Math.round(pausedMs / 1000)
  return new ClusterError(`This process was stopped, or the machine slept, for ${seconds} s.`, { kind: 'unreachable' })
}
