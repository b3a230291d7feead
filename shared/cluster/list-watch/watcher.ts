import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import type { Collection } from './collection.ts'
import { ClusterError } from '../errors.ts'
import { listCollection, type Freshness } from './list.ts'
import { compareVersions } from './resource-version.ts'
import { Retry } from './retry.ts'
import { probeVersion } from './version-probe.ts'
import { WatchGuard, type GuardedWatch, type Proof } from './watch-guard.ts'
import { openWatch, readWatch, type WatchEvent } from './watch-stream.ts'
import { phrase } from '../../phrase.ts'

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
/** A server that has just come back may yet say that the version is gone, or fail on it. */
const RECOVERY_MS = 1_000
/** This many watches in a row that withheld something are a failure: one can be slow. */
const MOST_WITHHOLDING_WATCHES = 2
/** A watch that lived this long counts as one that works. */
const STABLE_MS = 5_000
/** This many watches in a row that did not, and brought nothing, are a failure, even if each ended in the ordinary way. */
const MOST_SHORT_WATCHES = 3
/** A server that has much to tell ends the watches of slow readers. After one that brought something, at least this long passes from opening to opening. */
const REOPEN_MS = 1_000
/** Failures at the very start that `failFast` lets pass: the server says when to come back (its cache is filling). */
const MOST_EARLY_RETRIES = 3

/**
 * Lists a collection and watches it from there, and heals itself: a reflector, in client-go's words. What it tells is
 * complete and in order: each change once, or a new snapshot that holds its outcome.
 *
 * - After a break it resumes from the last version that it saw, bookmarks included. It lists again where that version
 *   is gone (410) or the server fails on it twice, not older than what it has told before.
 * - A connection proves nothing by being open: something in front of the server may hold back what it carries. So the
 *   version of the collection is read from etcd. If there is no answer, the view is stale; if the version has moved, the
 *   watch must bring what leads there, or the collection is listed. Where a list then has what the watch should have
 *   brought, twice in a row, the view is stale until a watch brings something, or until there is nothing to bring.
 * - `connected` is told only when a watch is open and the server has answered. It proves nothing of this moment;
 *   `current` does, of the moment that it names.
 */
export class Watcher<T> {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #collection: Collection<T>
  readonly #listener: WatchListener<T>
  readonly #failFast: boolean
  readonly #random: () => number
  readonly #retry: Retry
  readonly #guard: WatchGuard

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
  /** Whether the watch that was opened last has brought anything. */
  #hasBrought = false
  #shortWatches = 0
  /** The version from which the last watch ended in an error that the server sent, with no event since. */
  #failedFrom: string | null = null
  /** What a probe found, which the next watch has to bring. */
  #owed: Proof | null = null
  /** After which version a watch may have withheld something: the next list tells. */
  #doubtedAfter: string | null = null
  /** How many watches in a row have withheld something, with no event since. */
  #withholdingWatches = 0

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
    this.#random = options.random ?? Math.random
    this.#retry = new Retry(this.#random)
    this.#guard = new WatchGuard(clock, options.silenceProbeMs === undefined ? SILENCE_PROBE_MS : options.silenceProbeMs, this.#guarded())
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
    this.#guard.prove()
  }

  /** One round; resolves with the milliseconds to wait before the next. */
  async #listAndWatch(signal: AbortSignal): Promise<number> {
    this.#openedAtMs = null
    let proof = this.#owed
    this.#owed = null
    if (this.#stale && this.#hasListed) {
      proof = await this.#probe(signal)
      if (proof.answer === 'reset') this.#forget('latest')
    }
    if (this.#resourceVersion === null) proof = await this.#list(signal)

    const ending = await this.#watch(proof, signal)
    if (!this.#hasBeenShort()) this.#wentWell()
    else if (ending === 'closed' && this.#hasBrought) return this.#untilReopeningMs()
    else if (ending === 'closed') return this.#shortWatch()
    else if (this.#isWithholding) return this.#retry.delayMs(this.#withheld())
    return 0
  }

  /** What was listed is current as of the request. */
  async #list(signal: AbortSignal): Promise<Proof> {
    const sentAtMs = this.#clock.monotonicMs()
    const after = this.#doubtedAfter
    let newerCount = 0
    try {
      const { objects, resourceVersion } = await listCollection(this.#client, this.#clock, this.#collection, {
        freshness: this.#freshness,
        timeoutMs: this.#listTimeoutMs,
        // Only the first list is not retried: its failure ends the watcher.
        onCut: this.#failFast && !this.#hasListed ? 'retry' : 'fail',
        signal,
        ...(after !== null && {
          onVersion: (version) => (newerCount += (compareVersions(version, after) ?? 0) > 0 ? 1 : 0),
        }),
      })
      this.#resourceVersion = resourceVersion
      this.#freshness = { notOlderThan: resourceVersion }
      if (this.#listTimeoutMs > 0) this.#listTimeoutMs = LIST_TIMEOUT_MS
      this.#hasListed = true
      this.#guard.hasBeenProven()
      this.#currentAtMs = sentAtMs
      this.#listener({ type: 'snapshot', objects, resourceVersion })
      this.#doubtedAfter = null
      this.#withholdingWatches = newerCount > 0 ? this.#withholdingWatches + 1 : 0
      if (this.#isWithholding) this.#tellStale(this.#withheld())
      return { answer: 'same', version: resourceVersion, sentAtMs }
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'timeout') {
        this.#listTimeoutMs = Math.min(this.#listTimeoutMs * 2, LONGEST_LIST_TIMEOUT_MS)
      }
      throw error
    }
  }

  /**
   * Watches from the present version on, until the server ends that, or the watch is in doubt and is closed.
   * @param proof What is known of the present version; null where nothing was asked.
   */
  async #watch(proof: Proof | null, signal: AbortSignal): Promise<'closed' | 'doubted'> {
    const stream = await openWatch(this.#client, this.#collection, {
      resourceVersion: this.#resourceVersion!,
      timeoutSeconds: Math.round(WATCH_TIMEOUT_SECONDS * (1 + this.#random())),
      openTimeoutMs: OPEN_TIMEOUT_MS,
      signal,
    })
    this.#openedAtMs = this.#lastByteAtMs = this.#clock.monotonicMs()
    this.#hasBrought = false

    const over = new AbortController()
    const overSignal = AbortSignal.any([signal, over.signal])
    overSignal.addEventListener('abort', () => this.#guard.wake(), { once: true })
    const sink = {
      onBytes: () => (this.#lastByteAtMs = this.#clock.monotonicMs()),
      onEvent: (event: WatchEvent) => this.#onEvent(event),
    }
    const origin = { server: this.#client.server, subject: { verb: 'watch', ...this.#collection.subject } }
    const reading = readWatch(stream, origin, sink, overSignal).then(
      () => 'closed' as const,
      (error: unknown) => {
        this.#failedInWatch(error)
        throw error
      },
    )
    const guarding = this.#guard.run(proof, this.#settleMs(), overSignal)
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
    if ((compareVersions(event.resourceVersion, this.#resourceVersion!) ?? 0) < 0) {
      // The server's history has gone back, or something repeats itself: a proof tells which.
      if (event.type !== 'BOOKMARK') this.prove()
      return
    }
    this.#resourceVersion = event.resourceVersion
    this.#hasBrought = true
    if (this.#isWithholding) this.prove()
    this.#withholdingWatches = 0
    if (event.type !== 'BOOKMARK') {
      this.#freshness = { notOlderThan: event.resourceVersion }
      this.#guard.hasChanged()
      this.#currentAtMs = this.#clock.monotonicMs()
      const object = event.type === 'DELETED' ? null : this.#collection.decode(event.object)
      this.#listener(
        object === null
          ? { type: 'deleted', namespace: event.namespace, name: event.name }
          : { type: 'applied', object },
      )
    }
    this.#guard.hasAdvanced()
  }

  /** How long a new watch is left alone before what is known of its version is compared with it; milliseconds. */
  #settleMs(): number {
    if (this.#shortWatches >= MOST_SHORT_WATCHES) return STABLE_MS
    return this.#stale ? RECOVERY_MS : 0
  }

  /** What the guard of the watch sees of it, and does. */
  #guarded(): GuardedWatch {
    return {
      server: this.#client.server,
      subject: this.#collection.subject,
      facts: () => ({
        openedAtMs: this.#openedAtMs!,
        lastByteAtMs: this.#lastByteAtMs,
        currentAtMs: this.#currentAtMs,
        resourceVersion: this.#resourceVersion!,
        isStale: this.#stale !== null,
        trust: this.#isWithholding ? 'withholding' : this.#withholdingWatches > 0 ? 'suspect' : 'full',
      }),
      probe: (signal) => this.#probeOpenWatch(signal),
      tellCurrent: (atMs) => this.#tellCurrent(atMs),
      tellStale: (error) => this.#tellStale(error),
      startOver: () => this.#forget('latest'),
      resumeOwing: (proof) => {
        this.#owed = proof
      },
      listAgain: (version) => {
        this.#doubtedAfter = this.#resourceVersion
        this.#forget(version === null ? this.#freshness : { notOlderThan: version })
      },
    }
  }

  async #probeOpenWatch(signal: AbortSignal): Promise<Proof> {
    try {
      return await this.#probe(signal)
    } catch (error) {
      if (error instanceof ClusterError && !signal.aborted) this.#tellStale(error)
      throw error
    }
  }

  async #probe(signal: AbortSignal): Promise<Proof> {
    const sentAtMs = this.#clock.monotonicMs()
    return { ...(await probeVersion(this.#client, this.#collection, this.#resourceVersion, signal)), sentAtMs }
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

  /** A server that sends an error in a watch twice from the same version can't go on from there: one lists again. */
  #failedInWatch(error: unknown): void {
    if (!(error instanceof ClusterError) || (error.kind !== 'server' && error.kind !== 'protocol')) return
    if (this.#failedFrom === this.#resourceVersion) this.#resourceVersion = null
    this.#failedFrom = this.#resourceVersion
  }

  #isWorthAnotherTry({ kind }: ClusterError): boolean {
    const isPassing = kind === 'tooManyRequests' || kind === 'expired' || (this.#hasListed && kind === 'server')
    return isPassing && ++this.#earlyRetries <= MOST_EARLY_RETRIES
  }

  #hasBeenShort(): boolean {
    return this.#openedAtMs === null || this.#clock.monotonicMs() - this.#openedAtMs < STABLE_MS
  }

  #wentWell(): void {
    this.#shortWatches = 0
    this.#retry.reset()
  }

  /** A watch that brought something works, however short it was (so does client-go's reflector judge). */
  #untilReopeningMs(): number {
    this.#wentWell()
    return Math.max(0, this.#openedAtMs! + REOPEN_MS - this.#clock.monotonicMs())
  }

  #shortWatch(): number {
    const error = new ClusterError(phrase`${this.#client.server} ends each watch as soon as it has begun.`, {
      kind: 'protocol',
      subject: { verb: 'watch', ...this.#collection.subject },
    })
    if (++this.#shortWatches >= MOST_SHORT_WATCHES) this.#tellStale(error)
    return this.#retry.delayMs(error)
  }

  get #isWithholding(): boolean {
    return this.#withholdingWatches >= MOST_WITHHOLDING_WATCHES
  }

  #withheld(): ClusterError {
    const { server } = this.#client
    return new ClusterError(
      phrase`${server} accepts watches, but they do not deliver changes. Check whether a proxy or gateway buffers responses.`,
      { kind: 'protocol', subject: { verb: 'watch', ...this.#collection.subject } },
    )
  }

  #tellCurrent(atMs: number): void {
    this.#currentAtMs = Math.max(this.#currentAtMs, atMs)
    if (!this.#hasConnected || this.#stale) {
      this.#hasConnected = true
      this.#stale = null
      this.#listener({ type: 'connected' })
    }
    this.#listener({ type: 'current', atMs })
  }

  #tellStale(error: ClusterError): void {
    if (this.#stale?.error.kind === error.kind) return
    this.#stale = { sinceMs: this.#stale?.sinceMs ?? this.#currentAtMs, error }
    this.#listener({ type: 'disconnected', error, sinceMs: this.#stale.sinceMs })
  }
}
