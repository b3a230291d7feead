import type { ActingTerm, Timings } from './candidate-state.ts'

/** Two candidates that led at once. */
export interface Overlap {
  readonly older: ActingTerm
  readonly newer: ActingTerm
  lengthMs: number
  readonly fromMs: number
  untilMs: number
}

/** Longer than this is an overlap; what lies below is arithmetic. Milliseconds. */
const EPSILON_MS = 0.01

/** S1: who leads, and who led at once. */
export class Overlaps {
  readonly #timings: Timings
  readonly #onOverlap: (overlap: Overlap) => void
  readonly #acting = new Set<ActingTerm>()
  #overlaps: Overlap[] = []
  #lastTickMs = 0

  /** @param onOverlap is told of each once it is over */
  constructor(timings: Timings, onOverlap: (overlap: Overlap) => void) {
    this.#timings = timings
    this.#onOverlap = onOverlap
  }

  get acting(): ReadonlySet<ActingTerm> {
    return this.#acting
  }

  begin(term: ActingTerm): void {
    this.#acting.add(term)
  }

  end(term: ActingTerm, nowMs: number): void {
    if (!this.#acting.delete(term)) return
    term.endedAtMs = nowMs
    // Now: what a candidate does later would blur what it did.
    const isIts = ({ older, newer }: Overlap): boolean => older === term || newer === term
    for (const overlap of this.#overlaps.filter(isIts)) if (overlap.lengthMs > EPSILON_MS) this.#onOverlap(overlap)
    this.#overlaps = this.#overlaps.filter((overlap) => !isIts(overlap))
  }

  /** Adds up what overlaps; to be called whenever somebody begins or ends to act, or to run. */
  tick(nowMs: number): void {
    const fromMs = this.#lastTickMs
    this.#lastTickMs = nowMs
    if (nowMs - fromMs <= 0 || this.#acting.size < 2) return
    const running = [...this.#acting].filter((term) => term.actor.isActing && !this.#isWindingDown(term, nowMs))
    for (const [i, older] of running.entries()) {
      for (const newer of running.slice(i + 1)) {
        const known = this.#overlaps.find((overlap) => overlap.older === older && overlap.newer === newer)
        const overlap = known ?? { older, newer, lengthMs: 0, fromMs, untilMs: nowMs }
        if (!known) this.#overlaps.push(overlap)
        overlap.lengthMs += nowMs - fromMs
        overlap.untilMs = nowMs
      }
    }
  }

  /**
   * Told to stop in good order, it keeps its lease while its work winds down; once that has run out, S4 applies. How
   * long ago it was renewed is a matter of true time: a wall clock that was set back, and then showed that its machine
   * had slept, says less than what has passed.
   */
  #isWindingDown({ by, toldAtMs, hasReportedOverrun, isCommandRunning }: ActingTerm, nowMs: number): boolean {
    // A command is killed in time, or it acts.
    if (toldAtMs === null || isCommandRunning) return false
    if (hasReportedOverrun || !by.lastApplied) return true
    return (nowMs - by.lastApplied.sentAtMs) * by.process.rate >= this.#timings.renewDeadlineMs
  }
}
