import { leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'

/** How many renewal intervals to remember. */
const INTERVALS = 5
/** Without an observed interval, a lease is expected to be renewed this many times in its duration, as with client-go's defaults. */
const RENEWALS_PER_LEASE = 3
/** A shorter interval than this part of the lease duration would only load the API server. */
const MOST_RENEWALS_PER_LEASE = 15

/** The term that a record belongs to. A renewal changes neither value. */
export function isSameTerm(a: ElectionRecord, b: ElectionRecord): boolean {
  return a.holderIdentity === b.holderIdentity && a.acquireTime === b.acquireTime && a.leaseTransitions === b.leaseTransitions
}

/**
 * What was observed of one holder identity while one program ran and was stopped: whether that program can be the process
 * that renews in this name. All times are monotonic milliseconds of the observing process. Renewals that this process wrote
 * itself do not count.
 */
export class HolderTrail {
  /** When a renewal was last observed; null before the first. */
  lastRenewedAtMs: number | null = null
  /** Whether it renewed, in its present term, while the program ran. */
  hasRenewedRunning = false
  /** In how many stops a renewal was missed, and came again after the program had resumed. */
  provenStops = 0
  /** Whether it has ever renewed although the program was stopped: another process renews in this name, or the stop was none. */
  isContradicted = false
  /** The same, in the present stop. */
  isContradictedInStop = false
  #intervals: number[] = []
  #isMissed = false
  #isKeptInStop = false
  #renewalsInStop = 0
  /** The last renewal while the program ran without a stop since. */
  #lastRunningAtMs: number | null = null
  /** For how long the program has run since the last renewal, up to `#runningSinceMs`. */
  #unrenewedMs = 0
  #runningSinceMs: number | null

  /** @param runningSinceMs since when the program runs; null if it is stopped */
  constructor(runningSinceMs: number | null) {
    this.#runningSinceMs = runningSinceMs
  }

  /** Its holder has acquired the lease anew: what was observed of the last term says nothing about this one. */
  acquired(): void {
    this.hasRenewedRunning = false
    this.#lastRunningAtMs = null
    this.#isMissed = false
  }

  renewed(nowMs: number): void {
    this.lastRenewedAtMs = nowMs
    this.#unrenewedMs = 0
    if (this.#runningSinceMs === null) {
      this.#renewedInStop()
      return
    }
    if (this.#lastRunningAtMs !== null) this.#intervals = [...this.#intervals, nowMs - this.#lastRunningAtMs].slice(-INTERVALS)
    if (this.#isMissed) this.provenStops += 1
    this.#isMissed = false
    this.hasRenewedRunning = true
    this.#lastRunningAtMs = nowMs
    this.#runningSinceMs = nowMs
  }

  /** This process has renewed in its name, by a write that it sent in the present stop. */
  kept(): void {
    this.#isKeptInStop = true
  }

  stopped(nowMs: number): void {
    this.#unrenewedMs = this.unrenewedMs(nowMs)
    this.#runningSinceMs = null
    this.#lastRunningAtMs = null
    this.#renewalsInStop = 0
    this.#isKeptInStop = false
    this.isContradictedInStop = false
  }

  /** @param isDue whether a renewal was due in the stop, and did not come */
  resumed(nowMs: number, isDue: boolean): void {
    if ((isDue || this.#isKeptInStop) && this.hasRenewedRunning) this.#isMissed = true
    this.#runningSinceMs = nowMs
  }

  /** For how long the program has run without renewing. The time in which it was stopped does not count. */
  unrenewedMs(nowMs: number): number {
    return this.#unrenewedMs + (this.#runningSinceMs === null ? 0 : nowMs - this.#runningSinceMs)
  }

  /** The longest of its last intervals between two renewals, within reasonable bounds; null if the record has no duration. */
  intervalMs(record: ElectionRecord): number | null {
    const durationMs = leaseDurationMs(record)
    if (durationMs === null) return null
    const longestMs = durationMs / RENEWALS_PER_LEASE
    const observedMs = this.#intervals.length === 0 ? longestMs : Math.max(...this.#intervals)
    return Math.min(Math.max(observedMs, durationMs / MOST_RENEWALS_PER_LEASE), longestMs)
  }

  /**
   * A stopped program has at most one renewal under way, which it sent before the stop. That one cannot succeed after a
   * write that this process sent later, because the write is compared with what the program had read.
   */
  #renewedInStop(): void {
    this.#renewalsInStop += 1
    this.#isMissed = false
    if (this.#renewalsInStop === 1 && !this.#isKeptInStop) return
    this.isContradicted = true
    this.isContradictedInStop = true
  }
}
