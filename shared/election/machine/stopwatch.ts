import type { Moment } from '../../lease/status.ts'

/**
 * How much time a leader must assume has passed since a request was sent: as much as on whichever of the monotonic and the
 * wall clock ran further. On most systems the monotonic clock stands still while the machine sleeps, and the wall clock
 * can be set back. A leader that used only one of them could keep leading long after its lease expired.
 *
 * Every known moment must be passed to {@link sample}, so that setting the wall clock back does not hide the time that
 * passes afterwards.
 */
export class Stopwatch {
  /** Monotonic milliseconds. */
  readonly startedAtMs: number
  /** The least that the wall clock has been ahead of the monotonic clock since. */
  #leastLeadMs: number

  constructor(now: Moment) {
    this.startedAtMs = now.monotonicMs
    this.#leastLeadMs = leadMs(now)
  }

  /**
   * The moment from which a stopwatch in another process of this machine must start to know what this one knows: its
   * wall clock may have been set back since.
   */
  get startMoment(): Moment {
    return { monotonicMs: this.startedAtMs, wallMs: this.startedAtMs + this.#leastLeadMs }
  }

  /** The least that the wall clock was seen to be ahead of the monotonic clock since the start; milliseconds. */
  get leastLeadMs(): number {
    return this.#leastLeadMs
  }

  sample(now: Moment): void {
    this.#leastLeadMs = Math.min(this.#leastLeadMs, leadMs(now))
  }

  /** Milliseconds since the start. */
  elapsedMs(now: Moment): number {
    return now.monotonicMs - this.startedAtMs + Math.max(0, leadMs(now) - this.#leastLeadMs)
  }

  /** When `durationMs` will have passed, if both clocks run equally from now on; monotonic milliseconds. */
  dueMs(now: Moment, durationMs: number): number {
    return now.monotonicMs + durationMs - this.elapsedMs(now)
  }
}

function leadMs(now: Moment): number {
  return now.wallMs - now.monotonicMs
}
