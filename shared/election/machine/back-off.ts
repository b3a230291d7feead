import type { ElectorConfig } from '../config.ts'
import type { News } from './knowledge.ts'

/**
 * How long a candidate does not compete after a write by another client ended its term: until another identity has
 * renewed the lease, or until the lease duration plus the longest poll of a standby has passed since then (or since the
 * last write of a failover's placeholder). Otherwise this candidate would reacquire the lease immediately, and undo the
 * move.
 */
export class BackOff {
  readonly #periodMs: number
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(config: Pick<ElectorConfig, 'leaseDurationMs' | 'retryPeriodMs' | 'jitterFactor'>) {
    this.#periodMs = config.leaseDurationMs + config.retryPeriodMs * (1 + config.jitterFactor)
  }

  /** When the candidate may compete again; monotonic milliseconds. */
  get untilMs(): number {
    return this.#untilMs
  }

  begin(nowMs: number): void {
    this.#untilMs = nowMs + this.#periodMs
  }

  /** Takes in a new state of the record: it can extend the period, or end it. */
  learned(nowMs: number, { view, previous, recordChanged }: News): void {
    if (this.#untilMs <= nowMs || !recordChanged) return
    if (view.standing === 'placeholder') this.begin(nowMs)
    // The failover was undone.
    if (view.standing === 'ours' && previous?.standing === 'placeholder') this.#untilMs = nowMs
    const after = view.locked?.record
    const before = previous?.locked?.record
    if (view.standing === 'other' && before?.holderIdentity === after?.holderIdentity) this.#untilMs = nowMs
  }
}
