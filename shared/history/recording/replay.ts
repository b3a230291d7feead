import { ClusterError } from '../../cluster/errors.ts'
import { ElectionStore, type ElectionSource } from '../../cluster/list-watch/store.ts'
import { electionKey, type LockKind } from '../../lease/election-ref.ts'
import type { ElectionEvent } from '../../lease/event.ts'
import type { Clock } from '../../time/clock.ts'
import type { RecordedElection, RecordingLine } from './format.ts'
import { electionRecorded } from './recorded-election.ts'
import { verbatim } from '../../phrase.ts'

/** Nothing is waited for longer than this while a recording plays, in milliseconds of real time. */
const LONGEST_WAIT_MS = 2_000

/** The time of a recording while it plays: both clocks are the recorder's wall clock. It stands still between lines that are far apart, and at the end. */
class ReplayClock implements Clock {
  readonly #base: Clock
  readonly #speed: number
  #fromMs = 0
  #untilMs = 0
  #sinceMs = 0

  constructor(base: Clock, speed: number) {
    this.#base = base
    this.#speed = speed
  }

  /** Lets the time pass from one moment, up to another. */
  pass(fromMs: number, untilMs: number): void {
    this.#fromMs = fromMs
    this.#untilMs = Math.max(untilMs, fromMs)
    this.#sinceMs = this.#base.monotonicMs()
  }

  monotonicMs(): number {
    return Math.min(this.#fromMs + (this.#base.monotonicMs() - this.#sinceMs) * this.#speed, this.#untilMs)
  }

  wallMs(): number {
    return this.monotonicMs()
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(durationMs / this.#speed, signal)
  }
}

/** A store that reports the events of a recording, instead of judging by itself: a replay reports exactly what was reported then. */
class ReplayStore extends ElectionStore {
  readonly #listeners = new Set<(event: ElectionEvent) => void>()

  override onEvent(listener: (event: ElectionEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  report(event: ElectionEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** A recording that plays: its store looks like the one of a running watch. */
export class Replay implements Disposable {
  readonly clock: Clock
  readonly store: ElectionStore
  readonly #store: ReplayStore
  readonly #replayClock: ReplayClock
  readonly #base: Clock
  readonly #speed: number
  readonly #sources = new Map<LockKind, ElectionSource>()
  #atMs: number | null = null
  #session: string | null = null
  /** The elections that a new run of the recorder has found so far; null while it is not starting. */
  #found: Set<string> | null = null

  /** @param speed how many times faster than it was; infinity waits for nothing. */
  constructor(clock: Clock, speed: number) {
    this.#base = clock
    this.#speed = speed
    this.#replayClock = new ReplayClock(clock, Number.isFinite(speed) ? speed : 1)
    this.clock = this.#replayClock
    this.#store = new ReplayStore(this.clock)
    this.store = this.#store
  }

  /** Plays lines, which are in the order of their times. Rejects with the signal's reason if it is aborted. */
  async play(lines: AsyncIterable<RecordingLine>, signal: AbortSignal): Promise<void> {
    // What comes after the recorder was stopped tells a gap from the end.
    let stopped: string | null = null
    for await (const line of lines) {
      signal.throwIfAborted()
      if (stopped !== null) this.#disconnect('the recorder was stopped', Date.parse(stopped))
      stopped = line.type === 'stopped' ? line.time : null
      const toMs = Date.parse(line.time)
      const fromMs = this.#atMs ?? toMs
      if (toMs > fromMs && Number.isFinite(this.#speed)) {
        const waitMs = Math.min((toMs - fromMs) / this.#speed, LONGEST_WAIT_MS)
        this.#replayClock.pass(fromMs, fromMs + waitMs * this.#speed)
        await this.#base.sleep(waitMs, signal)
      }
      this.#atMs = Math.max(toMs, fromMs)
      this.#replayClock.pass(this.#atMs, this.#atMs)
      this.#startSession(line, fromMs)
      this.#take(line)
    }
    if (stopped !== null) this.#disconnect('the recording ends', Date.parse(stopped))
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
  }

  /** A new run of the recorder begins with all that there is then; nothing is known of the time since the run before. */
  #startSession({ session }: RecordingLine, lastMs: number): void {
    if (session === this.#session) return
    if (this.#session !== null && this.store.view.connected) this.#disconnect('the recorder did not run', lastMs)
    this.#session = session
    this.#found = new Set()
  }

  #take(line: RecordingLine): void {
    switch (line.type) {
      case 'reading':
        this.#read(line.election)
        this.#report(line)
        break
      case 'event':
        if (line.events.some(({ type }) => type === 'deleted')) {
          const { lock, namespace, name } = line.election
          this.#source(lock).take({ type: 'deleted', namespace, name })
        }
        this.#report(line)
        break
      case 'connected':
        this.#source('lease')
        this.#removeGone()
        for (const source of this.#sources.values()) source.take({ type: 'connected' })
        this.store.complete()
        break
      case 'disconnected':
        this.#disconnect(line.reason, Date.parse(line.since))
        break
      case 'stopped':
      case 'recording':
      case 'alive':
        break
    }
    for (const source of this.#sources.values()) source.take({ type: 'current', atMs: this.clock.monotonicMs() })
  }

  #removeGone(): void {
    const found = this.#found
    this.#found = null
    if (!found) return
    for (const { key, election } of [...this.store]) {
      const { lock, namespace, name } = election
      if (!found.has(key)) this.#source(lock).take({ type: 'deleted', namespace, name })
    }
  }

  #read(election: RecordedElection): void {
    this.#found?.add(electionKey(election))
    this.#source(election.lock).take({ type: 'applied', object: electionRecorded(election) })
  }

  #report({ time, election, events = [] }: Extract<RecordingLine, { type: 'reading' | 'event' }>): void {
    for (const { type, previousHolderIdentity, unseenTransitions, ...status } of events) {
      this.#store.report({
        type,
        wallMs: Date.parse(time),
        election: electionRecorded(election),
        status,
        ...(previousHolderIdentity !== undefined && { previousHolderIdentity }),
        ...(unseenTransitions !== undefined && { unseenTransitions }),
      })
    }
  }

  #disconnect(reason: string, sinceMs: number): void {
    const error = new ClusterError(verbatim(reason), { kind: 'unreachable' })
    for (const source of this.#sources.values()) source.take({ type: 'disconnected', error, sinceMs: sinceMs || this.clock.monotonicMs() })
  }

  #source(lock: LockKind): ElectionSource {
    let source = this.#sources.get(lock)
    if (!source) {
      source = this.store.addSource(lock, () => this.#sources.get(lock)?.take({ type: 'current', atMs: this.clock.monotonicMs() }))
      this.#sources.set(lock, source)
      if (this.store.view.connected) source.take({ type: 'connected' })
    }
    return source
  }
}
