import { isBlocking } from '../../lease/placeholder.ts'
import { leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'

/** A write that took the lease from a leader whose lease had not expired. */
export interface OverwrittenLease {
  /** Who wrote the record. */
  readonly by: string
  /** The leader whose lease had not expired. */
  readonly of: string
}

/**
 * Looks at the records of one lease, one after the other, for the write of a deposed identity: it had led before, another
 * identity led since, whose lease had neither expired nor was it released. (A 409 that a deposed client-go leader gets is
 * normal: it changes nothing.) What follows a placeholder is up to the failover.
 */
export class LeaseGuard {
  #holder = ''
  #changedAtMs = 0
  #durationMs = 0
  readonly #deposed = new Set<string>()

  /**
   * Takes in a record. Returns the overwritten lease, if it overwrites one.
   *
   * @param record null if there is none any more
   * @param atMs when it was written, or observed; milliseconds of any one clock
   */
  see(record: ElectionRecord | null, atMs: number): OverwrittenLease | null {
    return this.#see(record?.holderIdentity ?? '', (record && leaseDurationMs(record)) ?? 0, atMs)
  }

  /** Takes in a write of which only the holder is known. */
  seeHolder(identity: string, atMs: number): OverwrittenLease | null {
    return this.#see(identity, this.#durationMs, atMs)
  }

  #see(identity: string, durationMs: number, atMs: number): OverwrittenLease | null {
    const before = this.#holder
    const isUnexpired = atMs - this.#changedAtMs < this.#durationMs
    this.#changedAtMs = atMs
    this.#durationMs = durationMs
    this.#holder = identity
    if (identity === before) return null
    if (isLeader(before)) this.#deposed.add(before)
    const isDeposed = isLeader(identity) && this.#deposed.delete(identity)
    return isDeposed && isLeader(before) && isUnexpired ? { by: identity, of: before } : null
  }
}

function isLeader(identity: string): boolean {
  return identity !== '' && !isBlocking(identity)
}
