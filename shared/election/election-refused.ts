import type { LockRefusal } from '../locks/lock.ts'

/**
 * The run ended because a candidate must not write the lock's object: it is not a leader election, the API server chooses
 * its leader, or its candidates need another lock as well. No changes were made. If the object became so while this
 * candidate was the leader, its work has ended, and the lease was left as it is.
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
