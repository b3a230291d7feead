import { ClusterError, type ClusterErrorKind } from '../cluster/errors.ts'
import { LockError, type LockErrorKind } from './errors.ts'

/** A request of a lock to the API server. */
export type LockRequest = 'read' | 'create' | 'update' | 'watch'

/**
 * Translates an error of the API server for a lock. The kind is `unknown` unless the request was certainly not carried out:
 * a 5xx response or a broken connection can follow a write that was applied.
 */
export function lockErrorFrom(error: unknown, request: LockRequest): LockError {
  if (error instanceof LockError) return error
  if (!(error instanceof ClusterError)) return new LockError('unknown', messageOf(error), { cause: error })
  return new LockError(kindOf(error, request), error.message, { cause: error })
}

const KINDS: Readonly<Record<ClusterErrorKind, LockErrorKind>> = {
  config: 'rejected',
  unreachable: 'unknown',
  timeout: 'unknown',
  // The TLS handshake usually failed. But some servers simply close the connection, at any time.
  certificate: 'unknown',
  unauthorized: 'rejected',
  forbidden: 'forbidden',
  denied: 'rejected',
  notFound: 'rejected',
  conflict: 'conflict',
  expired: 'rejected',
  invalid: 'rejected',
  tooManyRequests: 'rejected',
  server: 'unknown',
  protocol: 'unknown',
}

function kindOf({ kind, reason, status }: ClusterError, request: LockRequest): LockErrorKind {
  if (kind === 'conflict' && request === 'create') return 'exists'
  // Without a reason, the server does not know the resource at all; for a creation, the namespace is missing.
  if (kind === 'notFound' && request === 'update' && reason === 'NotFound') return 'absent'
  if (kind === 'certificate' && status !== undefined) return 'rejected'
  return KINDS[kind]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
