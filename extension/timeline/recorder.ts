import type { ElectionStore, ViewState } from '../../shared/cluster/list-watch/store.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { errorText, withAdvice } from '../advice.ts'
import { followElection, type FollowedElection } from '../clusters/follow-election.ts'
import type { WatchPhase } from './messages.ts'

/** Which election to record, and how to reach it. */
export interface TimelineTarget extends FollowedElection {
  /** Is told of each watch, whose store is complete by then. Returns what to call when it ends. */
  readonly onWatch?: (store: ElectionStore, server: string) => () => void
}

/**
 * Records the timeline of one election until it is disposed of, with one watch of that one object. It records while the
 * panel is hidden as well, because interesting events tend to happen then.
 */
export class TimelineRecorder implements Disposable {
  readonly #clock: Clock
  readonly #over = new AbortController()
  readonly #timeline: Timeline
  #phase: WatchPhase = { type: 'connecting' }
  #changes = 0

  /** @param timeline What was known earlier. */
  constructor(target: TimelineTarget, clock: Clock, timeline = new Timeline()) {
    this.#clock = clock
    this.#timeline = timeline
    let onEnd: (() => void) | undefined
    const listener = {
      onStore: (store: ElectionStore) => this.#follow(store),
      onReady: (store: ElectionStore, server: string) => {
        if (store.size === 0) this.#record((now) => this.#timeline.deleted(now))
        this.#setPhase({ type: 'live' })
        onEnd = target.onWatch?.(store, server)
      },
      onEnd: () => {
        onEnd?.()
        onEnd = undefined
      },
      onFailure: (error: unknown) => this.#failed(error),
    }
    void followElection(target, clock, listener, this.#over.signal)
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

  #follow(store: ElectionStore): void {
    store.onReading(({ election }) => this.#record((now) => this.#timeline.read(election.record, now)))
    store.onEvent(({ type }) => {
      if (type === 'deleted') this.#record((now) => this.#timeline.deleted(now))
    })
    store.onViewChange((view) => this.#record((now) => this.#connection(view, now)))
  }

  #connection({ connected, staleSinceMs, reason, phrase, remedy }: ViewState, now: Moment): void {
    if (connected) {
      this.#timeline.connected(now)
      return
    }
    const agoMs = staleSinceMs === null ? 0 : now.monotonicMs - staleSinceMs
    const since = { monotonicMs: now.monotonicMs - agoMs, wallMs: now.wallMs - agoMs }
    this.#timeline.disconnected(since, withAdvice({ message: reason ?? '', phrase, remedy }))
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
