import type { Remedy } from '../remedy.ts'
import { type Phrase } from '../phrase.ts'

/** Why a request failed; see {@link ClusterError}. */
export type ClusterErrorKind =
  /** The kubeconfig, or what it names, is missing or wrong: nothing was sent. */
  | 'config'
  /** No connection, or it broke. */
  | 'unreachable'
  /** No response within the request timeout. */
  | 'timeout'
  /** The server's certificate is not trusted, or the client's is not. */
  | 'certificate'
  /** HTTP 401; or no credentials were obtained, because a plugin failed or an issuer refused. */
  | 'unauthorized'
  /** HTTP 403 of the authorizer: this user may not do it. */
  | 'forbidden'
  /**
   * HTTP 403 of admission: the user may do it, but not now or not so. A quota is exceeded, the namespace is being
   * deleted, a policy refuses it. Nothing was written.
   */
  | 'denied'
  /** HTTP 404: of the object, or of the kind of resource; see `reason`. */
  | 'notFound'
  /** HTTP 409. */
  | 'conflict'
  /** HTTP 410, or the same in a watch: the resourceVersion is no longer known. */
  | 'expired'
  /** HTTP 400, 405, 415, 422: the request is at fault. */
  | 'invalid'
  /** HTTP 429. */
  | 'tooManyRequests'
  /** HTTP 5xx. */
  | 'server'
  /** The response does not come from a Kubernetes API server. */
  | 'protocol'

/** What a request was about, for messages: `get leases.coordination.k8s.io "x" in namespace "y"`. */
export interface RequestSubject {
  readonly verb: string
  /** The resource with its group, as RBAC names it: `leases.coordination.k8s.io`, `pods`. */
  readonly resource?: string
  readonly namespace?: string
  readonly name?: string
}

export interface ClusterErrorDetails {
  readonly kind: ClusterErrorKind
  readonly subject?: RequestSubject
  /** The HTTP status, where there was an answer. */
  readonly status?: number
  /**
   * The `reason` of the Status object, where there was one. Of a `notFound`, it is `NotFound` where the object is
   * missing, and undefined where the server does not serve that kind of resource.
   */
  readonly reason?: string
  /** How long the server asks to wait before another try. */
  readonly retryAfterMs?: number
  /** What can be done about it, where that is said in terms of the program: flags, settings, buttons. */
  readonly remedy?: Remedy | undefined
  readonly cause?: unknown
}

/**
 * Everything that can go wrong between this process and an API server. `phrase` is one or two sentences for a person,
 * and `remedy` what to do; the server's own words in either are untrusted text until the edge makes them harmless.
 */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly kind: ClusterErrorKind
  readonly subject: RequestSubject | undefined
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly retryAfterMs: number | undefined
  readonly remedy: Remedy | undefined
  readonly phrase: Phrase

  constructor(phrase: Phrase, details: ClusterErrorDetails) {
    super(phrase.text, { cause: details.cause })
    this.phrase = phrase
    this.kind = details.kind
    this.subject = details.subject
    this.status = details.status
    this.reason = details.reason
    this.retryAfterMs = details.retryAfterMs
    this.remedy = details.remedy
  }
}

/** Whether the object of a request does not exist, on a server that serves objects of its kind. */
export function isMissing(error: unknown): boolean {
  return error instanceof ClusterError && error.kind === 'notFound' && error.reason === 'NotFound'
}
