import * as vscode from 'vscode'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections, type ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionScope, Restriction } from '../../shared/cluster/elections/scope.ts'
import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { untilReconnectDue } from '../../shared/cluster/list-watch/reconnect-due.ts'
import { statusOf, type Status } from '../../shared/lease/status.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { Listeners } from '../listeners.ts'
import { ConnectionLost } from '../words/errors.ts'
import { spokenDuration } from '../words/durations.ts'

/** How current the elections of a session are. */
export type SessionState =
  /** Nothing was requested yet. */
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live' }
  /** The elections are stale. Wall clock milliseconds; the error is for a person. */
  | { readonly phase: 'stale'; readonly sinceWallMs: number; readonly error: Error }
  /** The elections were never read. This session keeps trying while it is held. */
  | { readonly phase: 'failed'; readonly error: Error }

export interface SessionOptions {
  /** The context's name; for people. */
  readonly name: string
  /** The context's name in the kubeconfig; null without a kubeconfig, in a Pod with its service account. */
  readonly context: string | null
  /** Whether this is the sandbox, which exists only in this window. */
  readonly isSandbox: boolean
  readonly clock: Clock
  readonly scope: ElectionScope
  /** Connects, with the kubeconfig as it is now. */
  readonly open: () => Promise<ApiClient>
  /** Is told of each watch, whose store is complete by then. Returns what to call when it ends. */
  readonly onWatch?: (store: ElectionStore, server: string) => () => void
}

/** A reconnection that takes no longer than this is not shown. */
const QUIET_RENEWAL_MS = 2_000
/** A first connection that takes longer than this is shown as failed, while it goes on: a server can be silent for 30s. */
const SLOW_MS = 10_000
/** Pauses between attempts to connect. The last one is used repeatedly. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 20_000]

/**
 * The elections of one context, watched while {@link hold} is in effect, and kept as they were last read after that. The
 * session reconnects on its own. Until then, its state says since when its elections are stale.
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
  /** What the present watch, or one before it without a break by choice, has shown. */
  #watched: ElectionStore | null = null
  #restriction: Restriction | null = null
  #state: SessionState = { phase: 'idle' }
  #settled = Promise.withResolvers<undefined>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.name = options.name
    this.context = options.context
    this.isSandbox = options.isSandbox
  }

  /** Which elections are watched. */
  get scope(): ElectionScope {
    return this.#options.scope
  }

  /** Unique in this window, and the same for a session that replaces this one. */
  get id(): string {
    return `${this.isSandbox ? 'sandbox' : 'context'} ${this.name}`
  }

  get state(): SessionState {
    return this.#state
  }

  /** Set if only some namespaces can be read. */
  get restriction(): Restriction | null {
    return this.#restriction
  }

  /** Resolves once there is something to show: elections, or an error. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** All elections, in the order in which they were first read. */
  get elections(): Iterable<StoredElection> {
    return this.#shown ?? []
  }

  get(key: string): StoredElection | undefined {
    return this.#shown?.get(key)
  }

  /** The election's status now. If the elections are stale, states that depend on time are `unknown`. */
  statusOf(stored: StoredElection): Status {
    const { clock } = this.#options
    if (this.#state.phase === 'live' && this.#shown) return this.#shown.statusOf(stored)
    return statusOf(stored.observation, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }, { stale: true })
  }

  /** Calls `listener` when the state or the set of elections has changed. Returns a function that ends this. */
  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  /** Calls `listener` with every event of the elections, renewals included. Returns a function that ends this. */
  onEvent(listener: (event: ElectionEvent) => void): () => void {
    return this.#events.add(listener)
  }

  /** Watches until every function that this method returned has been called. */
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
   * The connection, which is made when it is first needed. If it is still the one that was found to be `dead`, it is
   * replaced. The caller must not close it.
   *
   * @throws ClusterError if it cannot be made
   */
  async client(dead: ApiClient | null = null): Promise<ApiClient> {
    const connected = this.#connected()
    if ((await connected) !== dead) return connected
    // Another caller may have replaced the dead connection in the meantime.
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

  /** Reconnects now, because the kubeconfig has changed or the person asks for it. */
  reconnect(): void {
    if (this.#watching && this.#state.phase === 'failed') this.#set({ phase: 'connecting' })
    this.#disconnect()
    this.#nap.abort()
  }

  /** Ends the session. */
  [Symbol.dispose](): void {
    this.#stop()
    this.#disconnect()
    this.#settled.resolve(undefined)
  }

  /** Requests in progress are allowed to finish. */
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
    this.#watched = null
    void this.#run(this.#watching.signal)
  }

  #stop(): void {
    this.#watching?.abort()
    this.#watching = null
    this.#nap.abort()
    this.#restingState()
  }

  /** Marks the elections as stale, because they are no longer watched. */
  #restingState(): void {
    if (this.#state.phase === 'live') this.#setStale(new NotWatched(vscode.l10n.t('Not watched while the view is hidden.')))
    else if (this.#state.phase === 'connecting') this.#set({ phase: 'idle' })
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries++) {
      this.#nap = new AbortController()
      // What has failed stays so until it succeeds: what a person can do about it must not vanish with each attempt.
      if (!this.#shown && this.#state.phase !== 'failed') this.#set({ phase: 'connecting' })
      try {
        await this.#watchOnce(signal, () => (tries = -1))
      } catch (error) {
        if (isOver(signal)) return
        this.#failed(error instanceof Error ? error : new Error(String(error)))
        await this.#sleep(RETRY_MS[Math.min(Math.max(tries, 0), RETRY_MS.length - 1)]!, signal)
      }
    }
  }

  /** Resolves when it is time to reconnect. */
  async #watchOnce(signal: AbortSignal, onReady: () => void): Promise<void> {
    const over = new AbortController()
    const signals = AbortSignal.any([signal, over.signal, this.#nap.signal])
    const patience = new AbortController()
    let onEnd: (() => void) | undefined
    try {
      void this.#tellDelay(AbortSignal.any([signals, patience.signal]))
      const client = await this.client()
      const feed = watchElections(client, this.#options.clock, this.#options.scope, signals, { predecessor: this.#watched })
      const missed: ElectionEvent[] = []
      const stopCollecting = feed.store.onEvent((event) => this.#watched && event.type !== 'renewed' && missed.push(event))
      await feed.ready
      stopCollecting()
      patience.abort()
      onReady()
      this.#show(feed)
      for (const event of missed) this.#events.tell(event)
      onEnd = this.#options.onWatch?.(feed.store, client.server)
      await untilReconnectDue(feed.store, this.#options.clock, signals)
      this.#disconnect()
    } catch (error) {
      if (!signals.aborted) throw error
    } finally {
      onEnd?.()
      patience.abort()
      over.abort()
    }
  }

  async #tellDelay(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    try {
      await clock.sleep(QUIET_RENEWAL_MS, signal)
      if (this.#state.phase === 'live') this.#setStale(new Error(vscode.l10n.t('Reconnecting…')))
      await clock.sleep(SLOW_MS - QUIET_RENEWAL_MS, signal)
    } catch {
      return
    }
    if (this.#state.phase === 'connecting') this.#failed(new Error(vscode.l10n.t('The API server has not answered for {0}.', spokenDuration(SLOW_MS))))
  }

  #show(feed: ElectionFeed): void {
    const { store } = feed
    this.#shown = store
    this.#watched = store
    this.#restriction = feed.restriction
    store.onEvent((event) => this.#events.tell(event))
    store.onViewChange(({ connected, reason, phrase, remedy, staleSinceMs }) => {
      if (this.#shown !== store) return
      if (connected) this.#set({ phase: 'live' })
      else this.#setStale(new ConnectionLost({ message: reason ?? vscode.l10n.t('Connection lost.'), phrase, remedy }), staleSinceMs)
    })
    this.#set({ phase: 'live' })
  }

  #failed(error: Error): void {
    if (this.#shown) this.#setStale(error)
    else this.#set({ phase: 'failed', error })
  }

  /** @param sinceMs Monotonic milliseconds; null means now. */
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
      // The session has ended, or must reconnect immediately.
    }
  }
}

/** The context is not watched because its view is hidden. That is not a failure. */
export class NotWatched extends Error {
  override readonly name = 'NotWatched'
}

/** A function, so that TypeScript does not assume that the value is the same as before the wait. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted
}
