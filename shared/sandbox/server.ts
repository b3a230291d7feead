import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../time/clock.ts'
import type { Access, Identity } from './access.ts'
import { Faults, type Effect } from './faults.ts'
import { Handler, json, knownTarget, type Answer } from './handler.ts'
import { parseCollectionQuery, wholeNumber } from './list.ts'
import { isTrue, parseRequest, type RequestInfo } from './request-info.ts'
import type { PodLogs } from './pod-logs.ts'
import { isProtobuf, type RequestBody } from './request-body.ts'
import { EventWriter, negotiate } from './representation.ts'
import { RequestLog } from './request-log.ts'
import { ApiError, expired, failure, methodNotAllowed, noSuchResource, notFound } from './status.ts'
import { keyOf, type Storage } from './storage.ts'
import { serveWatch, WatchStream } from './watch.ts'

/** apiserver's limit for a request body. */
const LARGEST_BODY_BYTES = 3 * 1024 * 1024

export interface ServerOptions {
  readonly storage: Storage
  readonly access: Access
  readonly clock: Clock
  readonly bookmarkIntervalMs: number
  readonly logs: PodLogs
}

/** The HTTP side: it authenticates, lets faults strike, authorises, and writes answers and watches. */
export class ApiServer {
  readonly faults: Faults
  readonly requests = new RequestLog()
  readonly #storage: Storage
  readonly #access: Access
  readonly #clock: Clock
  readonly #bookmarkIntervalMs: number
  readonly #handler: Handler
  readonly #logs: PodLogs
  readonly #streams = new Set<WatchStream>()
  readonly #writer = new EventWriter()
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null

  constructor(options: ServerOptions) {
    this.#storage = options.storage
    this.#access = options.access
    this.#clock = options.clock
    this.#bookmarkIntervalMs = options.bookmarkIntervalMs
    this.#logs = options.logs
    this.#handler = new Handler(options.storage, options.access, options.clock)
    this.faults = new Faults(this.#streams, options.clock)
  }

  /** Listens on loopback; port 0 is any free one. Resolves to the port. */
  async listen(port: number): Promise<number> {
    const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    this.#server = server
    return (server.address() as AddressInfo).port
  }

  /** Refuses new connections and breaks those there are, as a process that was killed. */
  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET'
    const { url, token } = this.#access.splitUrl(request.url ?? '/')
    const info = parseRequest(method, url)
    const [identity, refusal] = this.#identify(request, token, info)
    const logged = this.requests.add({ method, path: url, user: identity?.name ?? '', verb: info.verb, code: null })
    response.on('finish', () => this.requests.answered(logged, response.statusCode))
    const body = await readBody(request)
    const facts = { method, path: url, user: identity?.name ?? '', watch: info.verb === 'watch' }
    const effects = this.faults.take(facts)
    if (effects.length > 0 && !(await this.#suffer(effects, response))) return
    try {
      if (!identity) throw refusal
      if (body === null)
        throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LARGEST_BODY_BYTES}`)
      this.#access.authorize(identity, info)
      if (info.verb === 'watch') {
        this.#watch(request, response, info, identity, effects)
        return
      }
      if (isPodLog(info)) {
        this.#log(response, info, identity)
        return
      }
      const asked = await readable({ headers: request.headers, body })
      const changes = effects.flatMap((effect) => (effect.kind === 'change' ? [effect.patch] : []))
      const answer = this.#handler.answer({ info, identity, method, changes, ...asked })
      write(response, answer, effects)
    } catch (error) {
      const known =
        error instanceof ApiError
          ? error
          : new ApiError(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`)
      write(
        response,
        { ...json(known.code, known.status), headers: { 'Content-Type': 'application/json', ...known.headers } },
        effects,
      )
    }
  }

  #identify(
    request: IncomingMessage,
    urlToken: string | undefined,
    info: RequestInfo,
  ): [Identity, null] | [null, unknown] {
    try {
      return [this.#access.identify(request.headersDistinct, urlToken, info), null]
    } catch (error) {
      return [null, error]
    }
  }

  /** Lets faults strike; false where nothing is left to answer. */
  async #suffer(effects: readonly Effect[], response: ServerResponse): Promise<boolean> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    for (const effect of effects) {
      switch (effect.kind) {
        case 'latency':
          await this.faults.wait(effect.delayMs, gone.signal)
          break
        case 'freeze':
          await Promise.race([effect.thawed, new Promise((resolve) => response.once('close', resolve))])
          break
        case 'error':
          response.writeHead(effect.code, effect.headers).end(effect.body)
          return false
        case 'drop':
          if (effect.applied) break
          response.destroy()
          return false
        case 'expire':
        case 'noProgress':
        case 'truncate':
        case 'change':
          // These strike once there is something to answer.
          break
      }
      if (gone.signal.aborted) return false
    }
    return true
  }

  #log(response: ServerResponse, info: RequestInfo, identity: Identity): void {
    const { namespace, name, resource } = info.target!
    const pod = this.#storage.collection('pods').get(keyOf(namespace, name))
    if (!pod) throw notFound(resource!, name)
    const serve = this.#logs.prepare(namespace, pod.object, info.query)
    if (!serve) {
      response.writeHead(204).end()
      return
    }
    const stream = new WatchStream(info, identity.name, response, 'text/plain')
    this.#streams.add(stream)
    stream.signal.addEventListener('abort', () => this.#streams.delete(stream), { once: true })
    serve(stream)
  }

  #watch(
    request: IncomingMessage,
    response: ServerResponse,
    info: RequestInfo,
    identity: Identity,
    effects: readonly Effect[],
  ): void {
    const { query } = info
    const target = knownTarget(info.target!)
    if (!target) throw noSuchResource()
    if (request.method !== 'GET') throw methodNotAllowed()
    const { resource, version, namespace } = target
    const representation = negotiate(request.headers.accept, resource, version, query, this.#clock)
    const collectionQuery = parseCollectionQuery(query, resource, true)
    const timeoutSeconds = wholeNumber(query.get('timeoutSeconds'))
    const wantsBookmarks = isTrue(query.get('allowWatchBookmarks'))
    const tooOld = 'too old resource version: 1 (2)'
    const expiry = effects.find((effect) => effect.kind === 'expire')
    if (expiry?.asHttpStatus) throw expired(tooOld)
    const stream = new WatchStream(info, identity.name, response)
    this.#streams.add(stream)
    stream.signal.addEventListener('abort', () => this.#streams.delete(stream), { once: true })
    if (expiry) {
      stream.fail(failure(410, 'Expired', tooOld))
      return
    }
    if (wantsBookmarks && !collectionQuery.resourceVersion && effects.some(({ kind }) => kind === 'noProgress')) {
      stream.fail(failure(500, 'InternalError', 'the required storage feature RequestWatchProgress is disabled'))
      return
    }
    serveWatch(stream, {
      storage: this.#storage,
      clock: this.#clock,
      writer: this.#writer,
      resource,
      namespace,
      query: collectionQuery,
      representation,
      wantsBookmarks,
      // Between half an hour and an hour where the client does not say (apiserver's --min-request-timeout).
      timeoutMs: (timeoutSeconds > 0 ? timeoutSeconds : 1800 * (1 + Math.random())) * 1000,
      bookmarkIntervalMs: this.#bookmarkIntervalMs,
    })
  }
}

function isPodLog({ verb, target }: RequestInfo): boolean {
  return verb === 'get' && target?.resource?.kind === 'Pod' && target.subresource === 'log'
}

function write(response: ServerResponse, answer: Answer, effects: readonly Effect[]): void {
  if (effects.some((effect) => effect.kind === 'drop')) {
    response.destroy()
    return
  }
  const whole = Buffer.from(answer.body)
  const body = effects.some((effect) => effect.kind === 'truncate') ? whole.subarray(0, whole.length >> 1) : whole
  response.writeHead(answer.code, {
    'Cache-Control': 'no-cache, private',
    'Content-Length': body.length,
    ...answer.headers,
  })
  response.end(body)
}

/** A body in JSON, also where it came in protobuf, which is read by what is loaded only then. Throws 400 and 415. */
async function readable(request: RequestBody): Promise<RequestBody> {
  if (!isProtobuf(request) || request.body.length === 0) return request
  const { decodeProtobuf } = await import('./protobuf.ts')
  const body = Buffer.from(JSON.stringify(decodeProtobuf(request.body)))
  return { headers: { ...request.headers, 'content-type': 'application/json' }, body }
}

/** The whole body; null where it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk)
  }
  return bytes > LARGEST_BODY_BYTES ? null : Buffer.concat(chunks)
}
