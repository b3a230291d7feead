import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import type { Clock } from '../../../shared/time/clock.ts'
import type { Playback, WatchPhase } from '../messages.ts'
import { momentAt } from './recorded-timeline.ts'
import { snapshotAt } from './snapshot-at.ts'

/** How many times faster than it was recorded. */
export const SPEEDS = [1, 10, 60, 600] as const

/** Plays the timeline of a recording: it shows what was known at a moment, which moves on while it plays. */
export class RecordingPlayer implements Disposable {
  readonly phase: WatchPhase = { type: 'live' }
  readonly #whole: TimelineSnapshot
  readonly #clock: Clock
  readonly #fromMs: number
  readonly #toMs: number
  #atMs: number
  #speed: number = SPEEDS[1]
  /** Since when it plays, in monotonic milliseconds; null while it does not. */
  #sinceMs: number | null = null

  /** Begins at the end, so that all of it is seen. */
  constructor(whole: TimelineSnapshot, clock: Clock) {
    this.#whole = whole
    this.#clock = clock
    this.#toMs = whole.now.wallMs
    this.#fromMs = whole.completeFrom?.wallMs ?? this.#toMs
    this.#atMs = this.#toMs
  }

  get playback(): Playback {
    return { fromMs: this.#fromMs, toMs: this.#toMs, atMs: this.#now(), isPlaying: this.#isPlaying(), speed: this.#speed }
  }

  snapshot(): TimelineSnapshot {
    return snapshotAt(this.#whole, momentAt(this.#now()))
  }

  /** Plays or pauses; from the beginning, if it is at its end. */
  play(isPlaying: boolean): void {
    this.seek(isPlaying && this.#now() >= this.#toMs ? this.#fromMs : this.#now())
    this.#sinceMs = isPlaying ? this.#clock.monotonicMs() : null
  }

  seek(atMs: number): void {
    this.#atMs = Math.max(this.#fromMs, Math.min(atMs, this.#toMs))
    if (this.#sinceMs !== null) this.#sinceMs = this.#clock.monotonicMs()
  }

  /** @param speed One of {@link SPEEDS}; others are ignored. */
  setSpeed(speed: number): void {
    this.seek(this.#now())
    if ((SPEEDS as readonly number[]).includes(speed)) this.#speed = speed
  }

  [Symbol.dispose](): void {
    this.#sinceMs = null
  }

  #isPlaying(): boolean {
    return this.#sinceMs !== null && this.#now() < this.#toMs
  }

  #now(): number {
    const playedMs = this.#sinceMs === null ? 0 : (this.#clock.monotonicMs() - this.#sinceMs) * this.#speed
    return Math.min(this.#atMs + playedMs, this.#toMs)
  }
}

/** Says what a recording shows: if it is the same for two moments of it, they differ only in time. */
export function contentsOf({ spans, renewals, transitions, disconnected }: TimelineSnapshot): string {
  return [spans, renewals, transitions, disconnected].map(({ length }) => length).join()
}
