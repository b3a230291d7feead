import type { ApiClient } from '../../shared/cluster/index.ts'
import { watchElections } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionStore, ViewState } from '../../shared/cluster/list-watch/store.ts'
import { untilReconnectDue } from '../../shared/cluster/list-watch/reconnect-due.ts'
import { Timeline, type Moment, type TimelineSnapshot, type ElectionRef } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import { errorText, withAdvice } from '../advice.ts'
import type { WatchPhase } from './messages.ts'

/** Which election to record, and how to reach it. */
export interface TimelineTarget extends ElectionRef {
  readonly contextName: string
  /** Connects. The recorder does not close the connection. `dead` is a connection that must not be returned again. */
  readonly connect: (dead: ApiClient | null) => Promise<ApiClient>
}

const RETRY_MS = 5_000

/**
 * Records the timeline of one election until it is disposed of, with one watch of that one object. It records while the
 * panel is hidden as well, because interesting events tend to happen then.
 */
export class TimelineRecorder implements Disposable {
  readonly #target: TimelineTarget
  readonly #clock: Clock
  readonly #over = new AbortController()
  readonly #timeline = new Timeline()
  #phase: WatchPhase = { type: 'connecting' }
  #changes = 0
  /** The last connection, on which the watch failed; null before the first one. */
  #dead: ApiClient | null = null

  constructor(target: TimelineTarget, clock: Clock) {
    this.#target = target
    this.#clock = clock
    void this.#run(this.#over.signal)
  }

  get phase(): WatchPhase {
    return this.#phase
  }

  /** The number of changes recorded so far. */
  get changes(): number {
    return this.#changes
  }

  snapshot(): TimelineSnapshot {
    return this.#timeline.snapshot(this.#now())
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#watchOnce(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#failed(error)
        await this.#clock.sleep(RETRY_MS, signal).catch(() => {})
      }
    }
  }

  /** Resolves when it is time to reconnect. */
  async #watchOnce(signal: AbortSignal): Promise<void> {
    const { lock, namespace, name, connect } = this.#target
    const over = new AbortController()
    const client = await connect(this.#dead)
    try {
      const scope = { locks: [lock], namespaces: [namespace], names: [name] }
      const feed = watchElections(client, this.#clock, scope, AbortSignal.any([signal, over.signal]))
      this.#follow(feed.store)
      await feed.ready
      if (feed.store.size === 0) this.#record((now) => this.#timeline.deleted(now))
      this.#setPhase({ type: 'live' })
      await untilReconnectDue(feed.store, this.#clock, signal)
    } finally {
      over.abort()
      this.#dead = client
    }
  }

  #follow(store: ElectionStore): void {
    store.onReading(({ election }) => this.#record((now) => this.#timeline.read(election.record, now)))
    store.onEvent(({ type }) => {
      if (type === 'deleted') this.#record((now) => this.#timeline.deleted(now))
    })
    store.onViewChange((view) => this.#record((now) => this.#connection(view, now)))
  }

  #connection({ connected, staleSinceMs, reason, remedy }: ViewState, now: Moment): void {
    if (connected) {
      this.#timeline.connected(now)
      return
    }
    const agoMs = staleSinceMs === null ? 0 : now.monotonicMs - staleSinceMs
    const since = { monotonicMs: now.monotonicMs - agoMs, wallMs: now.wallMs - agoMs }
    this.#timeline.disconnected(since, withAdvice({ message: reason ?? '', remedy }))
  }

  #failed(error: unknown): void {
    const reason = errorText(error)
    this.#record((now) => this.#timeline.disconnected(now, reason))
    if (this.#phase.type !== 'live') this.#setPhase({ type: 'failed', reason })
  }

  #setPhase(phase: WatchPhase): void {
    this.#phase = phase
    this.#changes++
  }

  #record(what: (now: Moment) => void): void {
    what(this.#now())
    this.#changes++
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
  }
}
