import { ClusterError } from '../cluster/errors.ts'

/**
 * Why a lock could not do what it was asked.
 *
 * - `conflict`: an update lost: the record has been written since it was read.
 * - `absent`: an update found nothing to update.
 * - `exists`: a create found that somebody else had created it.
 * - `forbidden`: not allowed. Nothing was written.
 * - `rejected`: refused for another reason (invalid, a quota or a policy, too many requests). Nothing was written.
 * - `unknown`: no answer (a timeout, a lost connection, a server error). A write may or may not have been applied, and
 *   may still be.
 *
 * A lock that cannot tell says `unknown`: the elector never takes that for a failure.
 */
export type LockErrorKind = 'conflict' | 'absent' | 'exists' | 'forbidden' | 'rejected' | 'unknown'

/** What a {@link Lock} rejects with. The message is for a person; `cause` is what the lock's storage said. */
export class LockError extends Error {
  override readonly name = 'LockError'
  readonly kind: LockErrorKind

  constructor(kind: LockErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** What the cluster said where that is why a lock failed, for whoever knows of no lock; any other error as it is. */
export function clusterErrorOf(error: unknown): unknown {
  return error instanceof LockError && error.cause instanceof ClusterError ? error.cause : error
}
