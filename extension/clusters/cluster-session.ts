import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections, type ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionScope, Restriction } from '../../shared/cluster/elections/scope.ts'
import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { untilHopeless } from '../../shared/cluster/list-watch/until-hopeless.ts'
import { statusOf, type ElectionEvent, type Status } from '../../shared/lease/index.ts'
import { AdvisedError } from '../../shared/remedy.ts'
import type { Clock } from '../../shared/time/index.ts'
import { Listeners } from '../listeners.ts'

/** How current a session's picture is. */
export type SessionState =
  /** Nothing was asked for yet. */
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live' }
  /** What is shown was true once. Wall clock milliseconds; the reason is for a person. */
  | { readonly phase: 'stale'; readonly sinceWallMs: number; readonly error: Error }
  /** Nothing was ever seen. */
  | { readonly phase: 'failed'; readonly error: Error }

export interface SessionOptions {
  /** The context's name; for people. */
  readonly name: string
  /** The context's name in the kubeconfig; null where there is none: in a cluster, with its service account. */
  readonly context: string | null
  /** Whether it is the sandbox, which comes and goes with this window. */
  readonly isSandbox: boolean
  readonly clock: Clock
  readonly scope: ElectionScope
  /** Connects anew, with what the kubeconfig says now. */
  readonly open: () => Promise<ApiClient>
}

/** A connection that takes no longer than this to be renewed leaves no gap worth telling. */
const QUIET_RENEWAL_MS = 2_000
/** Between two tries to connect; the last one is kept to. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 20_000]

/**
 * The elections of one context, watched for as long as somebody holds the session, and kept as they were last seen
 * after that. It reconnects by itself, and meanwhile says since when what it shows is stale.
 */
export class ClusterSession implements Disposable {
  readonly name: string
  /** See {@link SessionOptions.context}. */
  readonly context: string | null
  readonly isSandbox: boolean
  readonly #options: SessionOptions
  readonly #changes = new Listeners<void>()
  readonly #events = new Listeners<ElectionEvent>()
  #holders = 0
  #watching: AbortController | null = null
  #nap = new AbortController()
  #client: Promise<ApiClient> | null = null
  #shown: ElectionStore | null = null
  #restriction: Restriction | null = null
  #state: SessionState = { phase: 'idle' }
  #settled = Promise.withResolvers<undefined>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.name = options.name
    this.context = options.context
    this.isSandbox = options.isSandbox
  }

  get state(): SessionState {
    return this.#state
  }

  /** Set where only some namespaces can be read. */
  get restriction(): Restriction | null {
    return this.#restriction
  }

  /** Resolves once there is something to show: elections, or what keeps them from being read. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** All that are known, in the order in which they were first seen. */
  get elections(): Iterable<StoredElection> {
    return this.#shown ?? []
  }

  get(key: string): StoredElection | undefined {
    return this.#shown?.get(key)
  }

  /** Its state now: `unknown` of what time alone changes while the picture is stale. */
  statusOf(stored: StoredElection): Status {
    const { clock } = this.#options
    if (this.#state.phase === 'live' && this.#shown) return this.#shown.statusOf(stored)
    return statusOf(stored.observation, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }, { stale: true })
  }

  /** Calls `listener` when the state has changed, or the whole picture has; returns what ends that. */
  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  /** Calls `listener` with all that happens to the elections, renewals among it; returns what ends that. */
  onEvent(listener: (event: ElectionEvent) => void): () => void {
    return this.#events.add(listener)
  }

  /** Watches until what is returned was called as often as this was. */
  hold(): () => void {
    this.#holders++
    if (!this.#watching) this.#start()
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      if (--this.#holders === 0) this.#stop()
    }
  }

  /**
   * The connection, made when it is first asked for, and anew where it still is the one that proved to be `dead`. Not to
   * be closed. Rejects with a ClusterError.
   */
  async client(dead: ApiClient | null = null): Promise<ApiClient> {
    const connected = this.#connected()
    if ((await connected) !== dead) return connected
    // Who else has the same dead one may have seen to it meanwhile.
    if (this.#client === connected) this.#disconnect()
    return this.#connected()
  }

  #connected(): Promise<ApiClient> {
    if (this.#client) return this.#client
    const client = this.#options.open()
    this.#client = client
    client.catch(() => {
      if (this.#client === client) this.#client = null
    })
    return client
  }

  /** Connects anew, now: what the connection is made of has changed, or somebody asks for it. */
  reconnect(): void {
    this.#disconnect()
    this.#nap.abort()
  }

  /** Ends it for good. */
  [Symbol.dispose](): void {
    this.#stop()
    this.#disconnect()
    this.#settled.resolve(undefined)
  }

  /** Requests under way end in their own time. */
  #disconnect(): void {
    const client = this.#client
    this.#client = null
    client?.then(
      (connection) => connection.close(),
      () => {},
    )
  }

  #start(): void {
    this.#watching = new AbortController()
    void this.#run(this.#watching.signal)
  }

  #stop(): void {
    this.#watching?.abort()
    this.#watching = null
    this.#nap.abort()
    this.#restingState()
  }

  /** What was seen stays, and is no longer true. */
  #restingState(): void {
    if (this.#state.phase === 'live') this.#setStale(new NotWatched('It is not watched while the view is hidden.'))
    else if (this.#state.phase === 'connecting') this.#set({ phase: 'idle' })
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries++) {
      this.#nap = new AbortController()
      if (!this.#shown) this.#set({ phase: 'connecting' })
      try {
        await this.#watchOnce(signal, () => (tries = -1))
      } catch (error) {
        if (isOver(signal)) return
        this.#failed(error instanceof Error ? error : new Error(String(error)))
        await this.#sleep(RETRY_MS[Math.min(Math.max(tries, 0), RETRY_MS.length - 1)]!, signal)
      }
    }
  }

  /** Resolves when it is time to connect anew. */
  async #watchOnce(signal: AbortSignal, onReady: () => void): Promise<void> {
    const over = new AbortController()
    const signals = AbortSignal.any([signal, over.signal, this.#nap.signal])
    const patience = new AbortController()
    try {
      void this.#sayStaleAfter(QUIET_RENEWAL_MS, AbortSignal.any([signals, patience.signal]))
      const feed = watchElections(await this.client(), this.#options.clock, this.#options.scope, signals)
      await feed.ready
      patience.abort()
      onReady()
      this.#show(feed)
      await untilHopeless(feed.store, this.#options.clock, signals)
      this.#disconnect()
    } catch (error) {
      if (!signals.aborted) throw error
    } finally {
      patience.abort()
      over.abort()
    }
  }

  async #sayStaleAfter(durationMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(durationMs, signal)
    } catch {
      return
    }
    if (this.#state.phase === 'live') this.#setStale(new Error('It is being connected to again.'))
  }

  #show(feed: ElectionFeed): void {
    const { store } = feed
    this.#shown = store
    this.#restriction = feed.restriction
    store.onEvent((event) => this.#events.tell(event))
    store.onViewChange(({ connected, reason, remedy, staleSinceMs }) => {
      if (this.#shown !== store) return
      if (connected) this.#set({ phase: 'live' })
      else this.#setStale(new AdvisedError({ message: reason ?? 'The connection is lost.', remedy }), staleSinceMs)
    })
    this.#set({ phase: 'live' })
  }

  #failed(error: Error): void {
    if (this.#shown) this.#setStale(error)
    else this.#set({ phase: 'failed', error })
  }

  /** @param sinceMs Monotonic milliseconds; null or none is now. */
  #setStale(error: Error, sinceMs: number | null = null): void {
    const { clock } = this.#options
    const agoMs = sinceMs === null ? 0 : clock.monotonicMs() - sinceMs
    const sinceWallMs = this.#state.phase === 'stale' ? this.#state.sinceWallMs : clock.wallMs() - agoMs
    this.#set({ phase: 'stale', sinceWallMs, error })
  }

  #set(state: SessionState): void {
    this.#state = state
    if (state.phase !== 'connecting' && state.phase !== 'idle') this.#settled.resolve(undefined)
    this.#changes.tell(undefined)
  }

  async #sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(durationMs, AbortSignal.any([signal, this.#nap.signal]))
    } catch {
      // Over, or to be tried at once.
    }
  }
}

/** Nobody looked: nothing is wrong. */
export class NotWatched extends Error {
  override readonly name = 'NotWatched'
}

/** Asked after a wait, during which it may have changed. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted
}
