import type { IncomingMessage } from 'node:http'
import { answerError, describeSubject, foreignAnswer, isHtml } from '../answer-error.ts'
import { bodyOf, readBody } from './body.ts'
import { Cancellation } from './cancellation.ts'
import type { ApiClient, ApiRequest, ApiStream } from '../client.ts'
import { connectionError, expiredCertificate, isCut } from './connection-error.ts'
import type { ConnectionSurroundings } from './connection-settings.ts'
import type { Credential, CredentialSource } from './credentials.ts'
import { ClusterError } from '../errors.ts'
import type { ConnectionTarget } from './target.ts'
import { isLoopback } from './proxy.ts'
import { isRedirect, type HeaderList, type Transport } from './transport.ts'
import { impersonationHeaders } from './user-credentials.ts'
import { phrase } from '../../phrase.ts'

/** How often a request is sent again if the server asks to come back later; client-go's default. */
const MOST_RETRIES = 10
/** How long to wait after a connection broke; client-go's `retryAfterResponse`. */
const CUT_RETRY_MS = 1_000
/** A server that asks to wait longer than this is not waited for: the caller should know. */
const LONGEST_RETRY_AFTER_MS = 30_000
/** How many redirects a read follows: ten requests in all, as Go's http.Client sends. */
const MOST_REDIRECTS = 9
/** How many different warnings of the server are passed on: a text can have a time in it, and a connection can live long. */
const MOST_WARNINGS = 100
/** How much of an error's body is read. */
const MOST_ERROR_BYTES = 64 * 1024

/** What a connection is made of. */
export interface ApiConnectionParts {
  readonly target: ConnectionTarget
  readonly transport: Transport
  readonly credentials: CredentialSource
  readonly proxy: URL | undefined
  /** For requests that name none; 0 is none. */
  readonly timeoutMs: number
  readonly surroundings: ConnectionSurroundings
}

/** Sends requests with credentials, retries what the server asks to retry, and gives every failure its name. */
export class ApiConnection implements ApiClient {
  readonly server: string
  readonly contextName: string | null
  readonly namespace: string
  readonly knownNamespaces: readonly string[]
  readonly #parts: ApiConnectionParts
  readonly #basePath: string
  /** Sent with each request: names and values in turn. */
  readonly #headers: HeaderList
  /** On this machine, packing and unpacking take longer than the bytes they save. */
  readonly #isPackingWorthwhile: boolean
  readonly #warned = new Set<string>()

  constructor(parts: ApiConnectionParts) {
    const { target, surroundings } = parts
    this.#parts = parts
    this.#basePath = target.server.pathname.replace(/\/+$/, '')
    this.server = target.server.origin + this.#basePath
    this.contextName = target.contextName
    this.namespace = target.namespace
    this.knownNamespaces = target.knownNamespaces
    this.#isPackingWorthwhile = !isLoopback(target.server) && !target.cluster.disableCompression
    this.#headers = [
      ...['User-Agent', `kubectl-leader/${surroundings.version}`],
      ...Object.entries(impersonationHeaders(target.user)).flatMap(([name, value]) => [name, value as HeaderList[number]]),
    ]
  }

  async request<T = unknown>(request: ApiRequest): Promise<T> {
    using cancellation = this.#cancellation(request, false)
    const response = await this.#open(request, cancellation, false)
    const body = await this.#named(request, cancellation, () => readBody(response))
    try {
      return JSON.parse(body) as T
    } catch {
      const problem = isHtml(response.headers, body) ? phrase`it returned a web page` : phrase`its response is not JSON`
      throw foreignAnswer(this.server, request.subject, response.statusCode ?? 0, problem)
    }
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const cancellation = this.#cancellation(request, true)
    try {
      const response = await this.#open(request, cancellation, true)
      // A list ends, and has to in time; a watch does not.
      cancellation.changeTimeout(isWhole(request) ? this.#parts.timeoutMs : 0)
      response.once('close', () => cancellation[Symbol.dispose]())
      // A connection that breaks before the first read is reported to that read.
      response.on('error', () => {})
      let isClosed = false
      return {
        status: response.statusCode ?? 0,
        ...(response.headers.date !== undefined && { date: response.headers.date }),
        chunks: this.#chunks(response, request, cancellation, () => isClosed),
        close: () => {
          isClosed = true
          response.destroy()
        },
      }
    } catch (error) {
      cancellation[Symbol.dispose]()
      throw error
    }
  }

  close(): void {
    this.#parts.credentials.close()
    this.#parts.transport.close()
  }

  async *#chunks(
    response: IncomingMessage,
    request: ApiRequest,
    cancellation: Cancellation,
    isClosed: () => boolean,
  ): AsyncGenerator<Buffer> {
    try {
      yield* (await bodyOf(response)) as AsyncIterable<Buffer>
    } catch (error) {
      if (!isClosed()) throw this.#failure(error, request, cancellation)
    } finally {
      response.destroy()
    }
  }

  /** Sends until there is an answer to give: with new credentials after a 401, again when told to wait, and elsewhere. */
  async #open(request: ApiRequest, cancellation: Cancellation, isStream: boolean): Promise<IncomingMessage> {
    const { credentials, surroundings } = this.#parts
    const { signal } = cancellation
    let path = this.#basePath + request.path + queryOf(request)
    let retries = 0
    let redirects = 0
    let hasRenewed = false
    for (;;) {
      const credential = await this.#named(request, cancellation, () => credentials.current(signal))
      // A login may take longer than an answer.
      cancellation.startTimeout()
      let response: IncomingMessage
      try {
        response = await this.#send(request, path, credential, isStream, cancellation)
      } catch (error) {
        const isToRetry = error instanceof ClusterError && isCut(error) && request.onCut !== 'fail' && isWhole(request)
        if (!isToRetry || retries === MOST_RETRIES || CUT_RETRY_MS >= cancellation.remainingMs) throw error
        retries += 1
        await surroundings.clock.sleep(CUT_RETRY_MS, signal)
        continue
      }
      if (request.method !== 'GET') this.#passWarnings(response)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) {
        if (!isHtml(response.headers, '')) return response
        response.destroy()
        throw foreignAnswer(this.server, request.subject, status, phrase`it returned a web page`)
      }

      const body = await this.#named(request, cancellation, () => readBody(response, MOST_ERROR_BYTES))
      const elsewhere = request.method === 'GET' ? this.#redirectOf(response, path) : undefined
      if (elsewhere !== undefined && redirects < MOST_REDIRECTS) {
        redirects += 1
        path = elsewhere
        continue
      }
      if (status === 401 && !hasRenewed) {
        hasRenewed = true
        cancellation.stopTimeout()
        if (await this.#named(request, cancellation, () => credentials.renew(credential, signal))) continue
      }
      const error = this.#answerError(request, response, body, credential)
      const waitMs = error.retryAfterMs ?? Infinity
      const isToRetry = isRetriable(request, status) && retries < MOST_RETRIES
      if (!isToRetry || waitMs > LONGEST_RETRY_AFTER_MS || waitMs >= cancellation.remainingMs) throw error
      retries += 1
      await surroundings.clock.sleep(waitMs, signal)
    }
  }

  /**
   * What the API server, or an admission policy, warns of where something is written, each once, as kubectl prints it. It
   * warns of reads as well, but only that a version is deprecated, which the user did not choose.
   */
  #passWarnings({ headers }: IncomingMessage): void {
    for (const [, quoted = ''] of (headers.warning ?? '').matchAll(WARNING)) {
      const text = quoted.replace(/\\(.)/g, '$1')
      if (text === '' || this.#warned.has(text) || this.#warned.size === MOST_WARNINGS) continue
      this.#warned.add(text)
      this.#parts.surroundings.onWarning?.(text)
    }
  }

  /** Where an answer sends to, as path and query; undefined if that is another server, which gets nothing of ours. */
  #redirectOf({ statusCode = 0, headers }: IncomingMessage, path: string): string | undefined {
    const { origin } = this.#parts.target.server
    if (!isRedirect(statusCode) || !headers.location || !URL.canParse(headers.location, origin + path)) return undefined
    const url = new URL(headers.location, origin + path)
    return url.origin === origin ? url.pathname + url.search : undefined
  }

  #send(
    request: ApiRequest,
    path: string,
    credential: Credential,
    isStream: boolean,
    cancellation: Cancellation,
  ): Promise<IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const headers = [...this.#headers, 'Accept', request.accept ?? 'application/json']
    if (this.#isPackingWorthwhile && isWhole(request)) headers.push('Accept-Encoding', 'gzip')
    if (credential.authorization) headers.push('Authorization', credential.authorization)
    if (body !== undefined) {
      headers.push('Content-Type', request.contentType ?? 'application/json')
      headers.push('Content-Length', String(Buffer.byteLength(body)))
    }
    const exchange = {
      method: request.method,
      path,
      headers,
      body,
      certificate: credential.certificate,
      isStream,
      signal: cancellation.signal,
    }
    return this.#named(request, cancellation, () => this.#parts.transport.send(exchange), credential)
  }

  /** Does one step of a request, and turns what goes wrong in it into a ClusterError or the reason of the abort. */
  async #named<T>(
    request: ApiRequest,
    cancellation: Cancellation,
    step: () => Promise<T>,
    credential?: Credential,
  ): Promise<T> {
    try {
      return await step()
    } catch (error) {
      throw this.#failure(error, request, cancellation, credential)
    }
  }

  #failure(error: unknown, request: ApiRequest, cancellation: Cancellation, credential?: Credential): unknown {
    if (cancellation.signal.aborted) return cancellation.signal.reason
    const { proxy, surroundings } = this.#parts
    return connectionError(error, {
      server: this.server,
      proxy: proxy && `${proxy.protocol}//${proxy.host}`,
      certificate: credential?.certificate,
      wallMs: surroundings.clock.wallMs(),
      subject: request.subject,
    })
  }

  #answerError(request: ApiRequest, response: IncomingMessage, body: string, credential: Credential): ClusterError {
    const { subject } = request
    const status = response.statusCode ?? 0
    const wallMs = this.#parts.surroundings.clock.wallMs()
    // An API server accepts a connection with an expired certificate, and then does not know the user.
    const expired = status === 401 && credential.certificate && expiredCertificate(credential.certificate, wallMs)
    if (expired) return new ClusterError(expired, { kind: 'certificate', status, subject })
    return answerError({ server: this.server, subject, status, headers: response.headers, body, wallMs })
  }

  #cancellation(request: ApiRequest, isStream: boolean): Cancellation {
    const { timeoutMs: defaultMs, surroundings } = this.#parts
    const { subject, signal, timeoutMs = defaultMs } = request
    const timeout = (passedMs: number): ClusterError => {
      const text = phrase`${this.server} did not answer within ${passedMs / 1000}s to the request to ${describeSubject(subject)}.`
      return new ClusterError(text, { kind: 'timeout', subject, remedy: { kind: 'raiseTimeout', timeoutMs: passedMs } })
    }
    // How long a stream may take changes once it has begun.
    return new Cancellation(signal, timeoutMs, surroundings.clock, timeout, !isStream)
  }
}

/** A warning of the kind that Kubernetes sends: code, agent, quoted text (RFC 7234, 5.5). */
const WARNING = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g

/**
 * Whether a request may be sent again. 429 says that it was not processed; another status does not, so a write is not
 * repeated. A watch does not wait out of sight: the watcher has to say that its view is stale.
 */
function isRetriable(request: ApiRequest, status: number): boolean {
  if (request.method === 'GET') return isWhole(request) && (status === 429 || status >= 500)
  return status === 429
}

/** Whether a request asks for something that is there, not for what will come. */
function isWhole({ method, query }: ApiRequest): boolean {
  return method === 'GET' && !query?.watch && !query?.follow
}

function queryOf({ query }: ApiRequest): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(key, String(value))
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : ''
}
