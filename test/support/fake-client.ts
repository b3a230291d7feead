import type { ApiClient, ApiRequest, ApiStream } from '../../shared/cluster/client.ts'
import { ClusterError, type ClusterErrorKind } from '../../shared/cluster/errors.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { verbatim } from '../../shared/phrase.ts'

/** What a {@link FakeClient} answers: a JSON body, a watch, an error, or nothing at all. */
export type Reply = { readonly body: unknown } | { readonly watch: FakeWatch } | ClusterError | 'hang'

/** The stream of a watch, written by the test. */
export class FakeWatch implements ApiStream {
  readonly status = 200
  readonly chunks: AsyncIterable<Buffer>
  isClosed = false
  readonly #queue: (Buffer | 'end' | Error)[] = []
  #wake = (): void => {}

  constructor() {
    this.chunks = this.#read()
  }

  /** Sends each event as a line, all of them in one chunk. */
  send(...events: readonly unknown[]): void {
    this.sendText(events.map((event) => JSON.stringify(event) + '\n').join(''))
  }

  sendText(text: string): void {
    this.#put(Buffer.from(text))
  }

  /** The server closes it in the ordinary way. */
  end(): void {
    this.#put('end')
  }

  /** The connection breaks. */
  break(error: Error = fail('unreachable')): void {
    this.#put(error)
  }

  close(): void {
    this.isClosed = true
    this.#wake()
  }

  #put(item: Buffer | 'end' | Error): void {
    this.#queue.push(item)
    this.#wake()
  }

  async *#read(): AsyncGenerator<Buffer> {
    for (;;) {
      const item = this.#queue.shift()
      if (item === 'end' || this.isClosed) return
      if (item instanceof Error) throw item
      if (item) yield item
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** A connection that answers as the test says, and keeps what was asked. A request without an answer is an error. */
export class FakeClient implements ApiClient {
  readonly server = 'https://fake.example:6443'
  readonly contextName = 'fake'
  readonly namespace: string = 'default'
  readonly knownNamespaces: readonly string[]
  readonly requests: ApiRequest[] = []
  readonly #clock: Clock
  readonly #answer: (request: ApiRequest) => Reply

  constructor(clock: Clock, answer: (request: ApiRequest) => Reply, knownNamespaces: readonly string[] = []) {
    this.#clock = clock
    this.#answer = answer
    this.knownNamespaces = knownNamespaces
  }

  async request<T>(request: ApiRequest): Promise<T> {
    const reply = await this.#reply(request)
    if (!('body' in reply)) throw new Error(`a watch is no answer to ${request.path}`)
    return reply.body as T
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const reply = await this.#reply(request)
    if ('watch' in reply) return reply.watch
    const watch = new FakeWatch()
    watch.sendText(JSON.stringify(reply.body))
    watch.end()
    return watch
  }

  close(): void {}

  async #reply(request: ApiRequest): Promise<{ body: unknown } | { watch: FakeWatch }> {
    this.requests.push(request)
    request.signal?.throwIfAborted()
    const reply = this.#answer(request)
    if (reply === 'hang') {
      const timeoutMs = request.timeoutMs ?? 30_000
      await this.#clock.sleep(timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs, request.signal)
      throw fail('timeout')
    }
    if (reply instanceof ClusterError) throw reply
    return reply
  }
}

const STATUS: Partial<Record<ClusterErrorKind, number>> = {
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  expired: 410,
  tooManyRequests: 429,
  server: 500,
}

/** An error of a kind, with the status that belongs to it. */
export function fail(kind: ClusterErrorKind, details: { status?: number; retryAfterMs?: number } = {}): ClusterError {
  const status = details.status ?? STATUS[kind]
  return new ClusterError(verbatim(`fake: ${kind}`), { kind, ...details, ...(status !== undefined && { status }) })
}

/** A list as the API server sends it. */
export function listBody(resourceVersion: string, items: readonly unknown[], token?: string): { body: unknown } {
  const metadata = { resourceVersion, ...(token !== undefined && { continue: token }) }
  return { body: { kind: 'List', apiVersion: 'v1', metadata, items } }
}
