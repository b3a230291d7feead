import type { Election } from '../../lease/election.ts'
import type { ElectionEvent } from '../../lease/event.ts'
import { observe, type Observation } from '../../lease/observation.ts'
import { statusOf, type Moment, type Status } from '../../lease/status.ts'
import { firstTold, judge, nextJudgementAtMs, tell, type Telling, type Told } from '../../lease/transition.ts'
import { electionKey, type LockKind } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { Remedy } from '../../remedy.ts'
import type { ClusterError } from '../errors.ts'
import { EarliestAlarm } from './earliest-alarm.ts'
import type { WatchMessage } from './watcher.ts'
import { type Phrase } from '../../phrase.ts'

/** One election as the store knows it. */
export interface StoredElection {
  /** See `electionKey`. */
  readonly key: string
  readonly election: Election
  readonly observation: Observation
}

/** A watcher's place in the store. */
export interface ElectionSource {
  /** Takes what the watcher tells. */
  take(message: WatchMessage<Election>): void
  /** Takes the source out, and its elections with it, as `deleted` ones. */
  remove(): void
}

/** Whether what the store shows is current. */
export interface ViewState {
  readonly connected: boolean
  /** Monotonic milliseconds since when it is stale; null while connected, and before the first list. */
  readonly staleSinceMs: number | null
  /** Why, for a person. */
  readonly reason: string | null
  /** The same, for a translation. */
  readonly phrase?: Phrase | undefined
  /** What can be done about that. */
  readonly remedy?: Remedy | undefined
}

/** Where elections come from: one watcher. */
interface Source {
  readonly lock: LockKind
  readonly prove: () => void
  hasConnected: boolean
  stale: { readonly sinceMs: number; readonly error: ClusterError } | null
  /** Up to when the view is proven to have been current. */
  provenAtMs: number
  /** Nothing is judged before: what was missed is just arriving. */
  judgeFromMs: number
}

interface Entry extends StoredElection {
  readonly source: Source
  readonly told: Told
  /** When time alone may next change what is told of it. */
  readonly dueAtMs: number
}

const SCAN_INTERVAL_MS = 250
/** A renewal that was written in time may still be on its way for so long, which spares a request. */
const ARRIVAL_MS = 50
/** How long what was missed may take to arrive after a break. */
const GRACE_MS = 1_000
/** How long to wait for a proof before asking again. */
const PROOF_WAIT_MS = 1_000

/**
 * All elections that some watchers see, each observed on this process's own clock, and what happens to them as events.
 *
 * `late` and `expired` are told when time alone brings them about, and only where the view is proven to have been
 * current until then (`current`): silence from a server that may be gone says nothing about a leader, nor does an event
 * about another, since what carries events may hold them back.
 */
export class ElectionStore implements Iterable<StoredElection>, Disposable {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #sources = new Set<Source>()
  readonly #eventListeners = new Set<(event: ElectionEvent) => void>()
  readonly #readingListeners = new Set<(stored: StoredElection) => void>()
  readonly #viewListeners = new Set<(view: ViewState) => void>()
  readonly #alarm: EarliestAlarm
  #view: ViewState = { connected: false, staleSinceMs: null, reason: null }
  #scannedAtMs = Number.NEGATIVE_INFINITY
  #isProofAwaited = false
  #isComplete = false
  /** Until this store is complete. */
  #predecessor: ElectionStore | null

  /**
   * @param predecessor The store that this one replaces, of the same clock. What it has told of an election is not told
   *   again, and what has happened to the election since is told as happening to one that is known.
   */
  constructor(clock: Clock, predecessor: ElectionStore | null = null) {
    this.#clock = clock
    this.#predecessor = predecessor
    this.#alarm = new EarliestAlarm(clock, (lateByMs) => this.#onAlarm(lateByMs))
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether this view is current; it is where all its sources are. */
  get view(): ViewState {
    return this.#view
  }

  /** In the order in which they were first seen. */
  [Symbol.iterator](): IterableIterator<StoredElection> {
    return this.#entries.values()
  }

  /** @param key See `electionKey`. */
  get(key: string): StoredElection | undefined {
    return this.#entries.get(key)
  }

  /**
   * The state of an election of this store now: `unknown` of what time alone changes while the view is stale, and late
   * or expired only as far as the view is proven.
   *
   * @param now Both clocks; a caller that asks for many elections reads them once. Default: now.
   */
  statusOf(stored: StoredElection, now: Moment = this.#now()): Status {
    const entry = this.#entries.get(stored.key)
    if (!entry || entry.source.stale || !entry.source.hasConnected) return statusOf(stored.observation, now, { stale: true })
    const { source } = entry
    const status = statusOf(stored.observation, now)
    if (status.basis === 'recorded' || (status.state !== 'late' && status.state !== 'expired')) return status
    if (now.monotonicMs < source.judgeFromMs) return statusOf(stored.observation, now, { stale: true })
    // The view was proven up to this state when it was told.
    if (entry.told.turn === status.state) return status
    const { state, basis } = statusOf(stored.observation, provenMoment(source, now))
    return state === status.state && basis === status.basis ? status : { ...status, state, basis }
  }

  /** Calls `listener` with everything that happens from now on; returns what ends that. */
  onEvent(listener: (event: ElectionEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  /**
   * Calls `listener` with every record that is read and says something new, also if that is not an event: a failover's
   * placeholder. Returns what ends that.
   */
  onReading(listener: (stored: StoredElection) => void): () => void {
    this.#readingListeners.add(listener)
    return () => this.#readingListeners.delete(listener)
  }

  /** Calls `listener` whenever {@link view} has changed; returns what ends that. */
  onViewChange(listener: (view: ViewState) => void): () => void {
    this.#viewListeners.add(listener)
    return () => this.#viewListeners.delete(listener)
  }

  /**
   * Adds a watcher as a source. Sources must not overlap.
   * @param prove Asks the watcher for a proof that its view is current.
   */
  addSource(lock: LockKind, prove: () => void): ElectionSource {
    const source: Source = {
      lock,
      prove,
      hasConnected: false,
      stale: null,
      provenAtMs: Number.NEGATIVE_INFINITY,
      judgeFromMs: Number.NEGATIVE_INFINITY,
    }
    this.#sources.add(source)
    this.#updateView()
    return {
      take: (message) => this.#take(source, message),
      remove: () => {
        this.#replace(source, [])
        this.#sources.delete(source)
        this.#updateView()
      },
    }
  }

  /** Says that all sources were added and have connected once: from now on the view can be current. */
  complete(): void {
    this.#isComplete = true
    this.#predecessor = null
    this.#updateView()
  }

  /** Stops judging, and calls no more listeners. */
  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]()
    this.#eventListeners.clear()
    this.#readingListeners.clear()
    this.#viewListeners.clear()
  }

  #take(source: Source, message: WatchMessage<Election>): void {
    switch (message.type) {
      case 'snapshot':
        this.#replace(source, message.objects)
        break
      case 'applied':
        this.#apply(source, message.object)
        break
      case 'deleted':
        this.#remove(source, electionKey({ lock: source.lock, namespace: message.namespace, name: message.name }))
        break
      case 'current':
        source.provenAtMs = Math.max(source.provenAtMs, message.atMs)
        if (this.#isProofAwaited) this.#arm(message.atMs)
        break
      case 'connected':
        if (source.stale) source.judgeFromMs = this.#clock.monotonicMs() + GRACE_MS
        source.hasConnected = true
        source.stale = null
        this.#updateView()
        this.#arm(source.judgeFromMs)
        break
      case 'disconnected':
        source.stale = { sinceMs: message.sinceMs, error: message.error }
        this.#updateView()
        break
    }
  }

  #replace(source: Source, elections: readonly Election[]): void {
    const gone = new Set<string>()
    for (const entry of this.#entries.values()) if (entry.source === source) gone.add(entry.key)
    for (const election of elections) {
      gone.delete(electionKey(election))
      this.#apply(source, election)
    }
    for (const key of gone) this.#remove(source, key)
  }

  #apply(source: Source, election: Election): void {
    const key = electionKey(election)
    let previous = this.#entries.get(key)
    if (previous && previous.election.uid !== election.uid) {
      this.#remove(source, key)
      previous = undefined
    }
    const isFirst = previous === undefined
    previous ??= this.#fromPredecessor(key, election)
    const observation = observe(previous?.observation, election.record, this.#clock.monotonicMs())
    const { told, transitions }: Telling = previous
      ? tell(previous.told, previous.election.record, election.record)
      : { told: firstTold(election.record), transitions: [{ type: 'added' }] }
    const entry = { key: previous?.key ?? key, source, election, observation, told, dueAtMs: nextJudgementAtMs(told, observation) }
    this.#entries.set(entry.key, entry)
    this.#arm(entry.dueAtMs + ARRIVAL_MS)
    if (isFirst || observation !== previous?.observation) for (const listener of this.#readingListeners) listener(entry)
    this.#emit(entry, transitions)
  }

  /** What was known of this very election before; nothing of another one of the same name. */
  #fromPredecessor(key: string, { uid }: Election): Entry | undefined {
    const known = this.#predecessor && this.#predecessor.#entries.get(key)
    return known?.election.uid === uid ? known : undefined
  }

  #remove(source: Source, key: string): void {
    const entry = this.#entries.get(key)
    if (!entry || entry.source !== source) return
    this.#entries.delete(key)
    this.#emit(entry, [{ type: 'deleted' }])
  }

  #emit(entry: Entry, transitions: Telling['transitions']): void {
    if (transitions.length === 0 || this.#eventListeners.size === 0) return
    const now = this.#now()
    const status = statusOf(entry.observation, now)
    for (const transition of transitions) {
      const event: ElectionEvent = { wallMs: now.wallMs, election: entry.election, status, ...transition }
      for (const listener of this.#eventListeners) listener(event)
    }
  }

  #updateView(): void {
    const sources = [...this.#sources]
    const stale = sources.flatMap((source) => source.stale ?? [])
    const oldest = stale.sort((a, b) => a.sinceMs - b.sinceMs)[0]
    const view: ViewState = {
      connected: this.#isComplete && !oldest && sources.every((source) => source.hasConnected),
      staleSinceMs: oldest?.sinceMs ?? null,
      reason: oldest?.error.message ?? null,
      phrase: oldest?.error.phrase,
      remedy: oldest?.error.remedy,
    }
    const last = this.#view
    this.#view = view
    const isSame = last.connected === view.connected && last.reason === view.reason
    if (isSame && last.staleSinceMs === view.staleSinceMs) return
    for (const listener of this.#viewListeners) listener(view)
  }

  #arm(dueAtMs: number): void {
    this.#alarm.setForMs(Math.max(dueAtMs, this.#scannedAtMs + SCAN_INTERVAL_MS))
  }

  #onAlarm(lateByMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (lateByMs >= GRACE_MS) {
      // This process did not run for a while, and what the server sent meanwhile has yet to be read.
      for (const source of this.#sources) source.judgeFromMs = Math.max(source.judgeFromMs, nowMs + GRACE_MS)
    }
    this.#scannedAtMs = nowMs
    this.#scan(nowMs)
  }

  /** Judges what is due, and asks for a proof where one is needed first. */
  #scan(nowMs: number): void {
    let nextAtMs = Number.POSITIVE_INFINITY
    const unproven = new Set<Source>()
    // Not by `[key, entry]`: four times a second, that is a new array for each of thousands of elections.
    for (const entry of this.#entries.values()) {
      const { source } = entry
      if (entry.dueAtMs > nowMs) {
        nextAtMs = Math.min(nextAtMs, entry.dueAtMs + ARRIVAL_MS)
      } else if (source.stale || !source.hasConnected) {
        // The next `connected` sets the alarm.
      } else if (nowMs < source.judgeFromMs) {
        nextAtMs = Math.min(nextAtMs, source.judgeFromMs)
      } else if (source.provenAtMs < entry.dueAtMs) {
        unproven.add(source)
        nextAtMs = Math.min(nextAtMs, nowMs + PROOF_WAIT_MS)
      } else {
        nextAtMs = Math.min(nextAtMs, this.#judge(entry) + ARRIVAL_MS)
      }
    }
    this.#isProofAwaited = unproven.size > 0
    this.#arm(nextAtMs)
    for (const source of unproven) source.prove()
  }

  /** Returns when the election is due again. */
  #judge(entry: Entry): number {
    const { key, source, election, observation } = entry
    const status = statusOf(observation, provenMoment(source, this.#now()))
    const { told, transitions } = judge(entry.told, election.record, status)
    const judged = { ...entry, told, dueAtMs: nextJudgementAtMs(told, observation) }
    this.#entries.set(key, judged)
    this.#emit(judged, transitions)
    return judged.dueAtMs
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
  }
}

/** The last moment up to which the source's view is known to be current. */
function provenMoment(source: Source, now: Moment): Moment {
  const unprovenForMs = Math.max(now.monotonicMs - source.provenAtMs, 0)
  return { monotonicMs: now.monotonicMs - unprovenForMs, wallMs: now.wallMs - unprovenForMs }
}
