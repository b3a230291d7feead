import type { Moment } from '../../lease/index.ts'

/**
 * How much time a leader must assume has passed since something was sent: as much as on whichever of the monotonic and
 * the wall clock ran further. The monotonic clock of most systems stands still while a machine sleeps, and the wall
 * clock can be set back; a leader that went by one of them alone could act long after its lease.
 *
 * It must be shown every moment there is ({@link sample}), so that a wall clock that is set back at one moment does
 * not hide time that passes after it.
 */
export class Stopwatch {
  /** When it was started; monotonic milliseconds. */
  readonly startedAtMs: number
  /** The least that the wall clock has been ahead of the monotonic clock since. */
  #leastLeadMs: number

  constructor(now: Moment) {
    this.startedAtMs = now.monotonicMs
    this.#leastLeadMs = leadMs(now)
  }

  /** The least that the wall clock was seen to be ahead of the monotonic clock since the start; milliseconds. */
  get leastLeadMs(): number {
    return this.#leastLeadMs
  }

  /** Takes note of the clocks. */
  sample(now: Moment): void {
    this.#leastLeadMs = Math.min(this.#leastLeadMs, leadMs(now))
  }

  /** Milliseconds since the start. */
  elapsedMs(now: Moment): number {
    return now.monotonicMs - this.startedAtMs + Math.max(0, leadMs(now) - this.#leastLeadMs)
  }

  /** When `durationMs` will have passed, if the clocks run alike from now on; monotonic milliseconds. */
  dueMs(now: Moment, durationMs: number): number {
    return now.monotonicMs + durationMs - this.elapsedMs(now)
  }
}

function leadMs(now: Moment): number {
  return now.wallMs - now.monotonicMs
}
