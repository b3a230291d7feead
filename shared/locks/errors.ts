import { ClusterError } from '../cluster/errors.ts'

/**
 * Why a request to a lock failed.
 *
 * - `conflict`: an update lost, because the record was written since it was read.
 * - `absent`: an update found no record.
 * - `exists`: a create found a record, which another client had created.
 * - `forbidden`: not allowed. No changes were made.
 * - `rejected`: refused for another reason (invalid, a quota or a policy, too many requests). No changes were made.
 * - `unknown`: no answer (a timeout, a lost connection, a server error). A write may have been applied, or may still be.
 *
 * A lock that is not sure must use `unknown`. The elector then finds out what became of the write.
 */
export type LockErrorKind = 'conflict' | 'absent' | 'exists' | 'forbidden' | 'rejected' | 'unknown'

/** The error of a {@link Lock}. The message is for a person; `cause` is the error of the lock's storage. */
export class LockError extends Error {
  override readonly name = 'LockError'
  readonly kind: LockErrorKind

  constructor(kind: LockErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** Whether another client was faster: the lock has answered, and nothing is wrong with it. */
export function isLostRace(error: unknown): boolean {
  return error instanceof LockError && (error.kind === 'conflict' || error.kind === 'exists' || error.kind === 'absent')
}

/** The ClusterError that made a lock fail, for callers that do not deal with locks; any other error unchanged. */
export function clusterErrorOf(error: unknown): unknown {
  return error instanceof LockError && error.cause instanceof ClusterError ? error.cause : error
}
