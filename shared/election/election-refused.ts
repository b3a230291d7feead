import type { LockRefusal } from '../locks/index.ts'

/**
 * What a run rejects with where the lock's object must not be written by a candidate: it is not a leader election, the
 * API server picks its leader, or its candidates need another lock as well. Nothing was written. Where that became so
 * while this candidate led, its work has ended, and the lease is left as it is.
 */
export class ElectionRefused extends Error {
  override readonly name = 'ElectionRefused'
  /** `category` can be overridden by `allowNonElection`. */
  readonly kind: string

  constructor({ kind, message }: LockRefusal) {
    super(kind === 'category' ? `${message} To run as a candidate anyway, set allowNonElection.` : message)
    this.kind = kind
  }
}
