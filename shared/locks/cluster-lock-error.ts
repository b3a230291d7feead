import { ClusterError, type ClusterErrorKind } from '../cluster/index.ts'
import { LockError, type LockErrorKind } from './errors.ts'

/** What a lock asked of the API server. */
export type LockRequest = 'read' | 'create' | 'update' | 'watch'

/**
 * What an API server's refusal means for a lock. Only what certainly was not carried out has another kind than
 * `unknown`: an error of the 5xx range, or a connection that broke, may come after the write was.
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
  // The handshake failed, as a rule; some servers just close the connection, at any time.
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
  // Without a reason it is the whole kind of resource that the server does not know; on a creation, the namespace.
  if (kind === 'notFound' && request === 'update' && reason === 'NotFound') return 'absent'
  if (kind === 'certificate' && status !== undefined) return 'rejected'
  return KINDS[kind]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
