import { isBlock, isPlaceholder, leaseDurationMs, type ElectionRecord } from '../../lease/index.ts'

/** A write that took the lease from a leader whose lease had not expired. */
export interface OverwrittenLease {
  /** Who wrote the record. */
  readonly by: string
  /** The leader whose lease had not expired. */
  readonly of: string
}

/**
 * Watches the records of one lease for the write of a deposed identity: it had led before, another identity led since, and
 * that one's lease had neither expired nor was it released. (A 409 that a deposed client-go leader gets is normal: it
 * changes nothing.)
 */
export class LeaseGuard {
  #holder = ''
  #changedAtMs = 0
  #durationMs = 0
  readonly #deposed = new Set<string>()

  /**
   * Takes in a record, as it was observed. Returns the overwritten lease, if it is one.
   *
   * @param atMs when it was observed; monotonic milliseconds
   */
  see(record: ElectionRecord | null, atMs: number): OverwrittenLease | null {
    const identity = record?.holderIdentity ?? ''
    const before = this.#holder
    const isUnexpired = atMs - this.#changedAtMs < this.#durationMs
    this.#changedAtMs = atMs
    this.#durationMs = (record && leaseDurationMs(record)) ?? 0
    this.#holder = identity
    if (identity === before) return null
    const isLeader = (each: string): boolean => each !== '' && !isPlaceholder(each) && !isBlock(each)
    if (isLeader(before)) this.#deposed.add(before)
    // Over a placeholder, too, a deposed leader must not write.
    if (before !== '' && isUnexpired && isLeader(identity) && this.#deposed.has(identity) && isLeader(before)) return { by: identity, of: before }
    if (isLeader(identity)) this.#deposed.delete(identity)
    return null
  }
}
