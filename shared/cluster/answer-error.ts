import type { V1Status, V1StatusDetails } from '@kubernetes/client-node'
import type { IncomingHttpHeaders } from 'node:http'
import type { Remedy } from '../remedy.ts'
import { unchecked, type Unchecked } from './unchecked.ts'
import { ClusterError, type ClusterErrorKind, type RequestSubject } from './errors.ts'
import { phrase, verbatim, type Phrase } from '../phrase.ts'

/** An answer that is not the one asked for. */
export interface FailedAnswer {
  readonly server: string
  readonly subject: RequestSubject
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly wallMs: number
}

/** The kinds of error that an answer can be. */
type AnswerErrorKind = Exclude<ClusterErrorKind, 'config' | 'unreachable' | 'timeout' | 'certificate'>

/**
 * Turns an answer with an error status into an error for a person. A 404 has the `reason` `NotFound` where an object
 * is missing; it has none where the server does not serve that kind of resource at all.
 */
export function answerError(answer: FailedAnswer): ClusterError {
  const { status, subject, server } = answer
  const object = parseStatus(answer.body)
  // What is not served is answered by some with a Status, by others without one; none of them names an object.
  const isServed = status !== 404 || Boolean(detailsOf(object).name)
  const reason = isServed && typeof object?.reason === 'string' && object.reason !== '' ? object.reason : undefined
  const said = typeof object?.message === 'string' ? object.message.trim() : ''
  const isPlain = object === undefined
  const kind = isPlain && looksForeign(answer) ? 'protocol' : kindOf(status, said)
  const retryAfterMs = retryAfter(answer, object)
  return new ClusterError(messageOf({ kind, status, subject, server, said, answer, reason }), {
    kind,
    subject,
    status,
    remedy: remedyFor(kind, subject),
    ...(reason !== undefined && { reason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** The error for a response that claims success, but does not come from a Kubernetes API server. */
export function foreignAnswer(server: string, subject: RequestSubject, status: number, problem: Phrase): ClusterError {
  return new ClusterError(
    phrase`${server} did not respond like a Kubernetes API server: ${problem}. Check the server URL, and whether a login page or proxy intercepts the connection.`,
    { kind: 'protocol', status, subject },
  )
}

/** What a request that is not allowed was to do, for a person. */
export function notAllowed(subject: RequestSubject): Phrase {
  return phrase`You are not allowed to ${describeSubject(subject)}.`
}

/** What to do where an answer was an error of this kind. */
export function remedyFor(kind: ClusterErrorKind, { verb, resource, namespace }: RequestSubject): Remedy | undefined {
  if (kind === 'unauthorized') return { kind: 'logIn' }
  if (kind !== 'forbidden' || resource === undefined) return undefined
  return { kind: 'askForPermission', verb, resource, namespace: namespace ?? null }
}

/** What a request was about, in words: `get leases.coordination.k8s.io "x" in namespace "y"`. */
export function describeSubject({ verb, resource, namespace, name }: RequestSubject): Phrase {
  const what = verbatim(verb + (resource ? ` ${resource}` : '') + (name ? ` "${name}"` : ''))
  if (namespace) return phrase`${what} in namespace "${namespace}"`
  return resource && !name ? phrase`${what} in all namespaces` : what
}

function messageOf(facts: {
  kind: AnswerErrorKind
  status: number
  subject: RequestSubject
  server: string
  said: string
  reason: string | undefined
  answer: FailedAnswer
}): Phrase {
  const { kind, status, subject, server, said, reason, answer } = facts
  const what = describeSubject(subject)
  const quoting = (sentence: Phrase): Phrase => (said ? phrase`${sentence} Server message: ${said}` : sentence)
  switch (kind) {
    case 'unauthorized':
      return phrase`${server} rejected the credentials of the kubeconfig user.`
    case 'forbidden':
      return quoting(notAllowed(subject))
    case 'denied':
      return quoting(phrase`The API server denied the request to ${what}.`)
    case 'notFound':
      if (reason === undefined)
        return phrase`${server} does not serve ${subject.resource ?? phrase`the requested resource`} in the requested version.`
      return said ? verbatim(`${capitalized(said)}.`) : phrase`Not found: ${what}.`
    case 'conflict': {
      const why = reason === 'AlreadyExists' ? phrase`it already exists` : phrase`another client changed it in the meantime`
      return quoting(phrase`The server refused to ${what}: ${why}.`)
    }
    case 'expired':
      return quoting(phrase`The resource version needed to ${what} has expired on the server.`)
    case 'invalid':
      return quoting(phrase`The server rejected the request to ${what} (HTTP ${status}).`)
    case 'tooManyRequests':
      return quoting(phrase`${server} is overloaded and asked to retry later (${what}).`)
    case 'server':
      return quoting(phrase`${server} failed to ${what} (HTTP ${status}).`)
    case 'protocol':
      return foreignAnswer(server, subject, status, foreignness(answer)).phrase
  }
}

/**
 * How an API server words that a user may not do something, whichever authorizer says so (apiserver's
 * `forbiddenMessage`). Admission refuses with the same code and reason, but in words of its own.
 */
const AUTHORIZER = /(?:^|\bforbidden: )User "[^]*" cannot /

function kindOf(status: number, said: string): AnswerErrorKind {
  switch (status) {
    case 401:
      return 'unauthorized'
    case 403:
      return said === '' || AUTHORIZER.test(said) ? 'forbidden' : 'denied'
    case 404:
      return 'notFound'
    case 409:
      return 'conflict'
    case 410:
      return 'expired'
    case 429:
      return 'tooManyRequests'
  }
  if (status >= 500) return 'server'
  return status >= 400 ? 'invalid' : 'protocol'
}

/** Whether a body without a Status object shows that something other than an API server wrote it. */
function looksForeign({ status, headers, body }: FailedAnswer): boolean {
  // A gateway before the API server answers in HTML while that is away: that is a server error, not a wrong address.
  if (status >= 500 || status === 429 || status === 401) return false
  return status < 400 || isHtml(headers, body) || body.includes(HTTP_TO_HTTPS)
}

function foreignness({ headers, body, status }: FailedAnswer): Phrase {
  // Go's net/http returns this to a client that speaks HTTP to its HTTPS port.
  if (body.includes(HTTP_TO_HTTPS)) return phrase`it expects HTTPS, so its URL starts with https://`
  if (status < 400 && headers.location) return phrase`it redirects to ${headers.location}`
  if (isHtml(headers, body)) return phrase`it returned a web page (HTTP ${status})`
  return phrase`it returned HTTP ${status}`
}

const HTTP_TO_HTTPS = 'Client sent an HTTP request to an HTTPS server'

/** Whether a body is a web page. */
export function isHtml(headers: IncomingHttpHeaders, body: string): boolean {
  return (headers['content-type'] ?? '').includes('html') || /^\s*<(!doctype|html)/i.test(body)
}

function parseStatus(body: string): Unchecked<V1Status> | undefined {
  try {
    const object = unchecked<V1Status>(JSON.parse(body))
    return object.kind === 'Status' ? object : undefined
  } catch {
    return undefined
  }
}

function detailsOf(object: Unchecked<V1Status> | undefined): Unchecked<V1StatusDetails> {
  return unchecked(object?.details)
}

/** RFC 9110 10.2.3: seconds, or a date; API servers also say it in the Status. */
function retryAfter({ headers, wallMs }: FailedAnswer, object: Unchecked<V1Status> | undefined): number | undefined {
  const header = headers['retry-after']?.trim()
  if (header && /^\d+$/.test(header)) return Number(header) * 1000
  const dateMs = header ? Date.parse(header) : NaN
  if (!Number.isNaN(dateMs)) return Math.max(dateMs - wallMs, 0)
  const seconds = detailsOf(object).retryAfterSeconds
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined
}

function capitalized(sentence: string): string {
  return (sentence.charAt(0).toUpperCase() + sentence.slice(1)).replace(/\.$/, '')
}
