import type { ElectorConfig } from '../config.ts'
import type { News } from './knowledge.ts'

/**
 * How long a candidate whose term somebody else ended leaves the election to the others: until another identity has
 * renewed, or until the lease duration and the longest poll of a standby have passed (from then, or from the last sign
 * of a failover's placeholder). Otherwise whoever moved leadership away would find it back at once.
 */
export class BackOff {
  readonly #periodMs: number
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(config: Pick<ElectorConfig, 'leaseDurationMs' | 'retryPeriodMs' | 'jitterFactor'>) {
    this.#periodMs = config.leaseDurationMs + config.retryPeriodMs * (1 + config.jitterFactor)
  }

  /** Until when it stands aside; monotonic milliseconds. */
  get untilMs(): number {
    return this.#untilMs
  }

  begin(nowMs: number): void {
    this.#untilMs = nowMs + this.#periodMs
  }

  /** Takes note of a new state of the record. */
  learned(nowMs: number, { view, previous, recordChanged }: News): void {
    if (this.#untilMs <= nowMs || !recordChanged) return
    if (view.standing === 'placeholder') this.begin(nowMs)
    // The failover has been undone.
    if (view.standing === 'ours' && previous?.standing === 'placeholder') this.#untilMs = nowMs
    const after = view.locked?.record
    const before = previous?.locked?.record
    if (view.standing === 'other' && before?.holderIdentity === after?.holderIdentity) this.#untilMs = nowMs
  }
}
