import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Where an API server is, and as whom it is asked. */
export interface HttpApiOptions {
  readonly url: string
  /** PEM; for https. */
  readonly ca?: string | undefined
  /** Null sends none. */
  readonly token: string | null
}

/** What can be said about one request beside its path. */
export interface SendOptions {
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly query?: Readonly<Record<string, string | number>>
}

/** An answer; `body` is the parsed JSON, where it is JSON. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  // Tests look into it as they know it to be.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

export const MERGE_PATCH = 'application/merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json'

/** A plain HTTP client for tests, which knows nothing of what it sends, so that it hides nothing. */
export class HttpApi {
  readonly #options: HttpApiOptions

  constructor(options: HttpApiOptions) {
    this.#options = options
  }

  /** The same server, asked by someone else. */
  as(token: string | null): HttpApi {
    return new HttpApi({ ...this.#options, token })
  }

  get(path: string, options?: SendOptions): Promise<Reply> {
    return this.send('GET', path, undefined, options)
  }

  post(path: string, body: unknown, options?: SendOptions): Promise<Reply> {
    return this.send('POST', path, body, options)
  }

  put(path: string, body: unknown, options?: SendOptions): Promise<Reply> {
    return this.send('PUT', path, body, options)
  }

  patch(type: string, path: string, body: unknown, options: SendOptions = {}): Promise<Reply> {
    return this.send('PATCH', path, body, { ...options, headers: { ...options.headers, 'Content-Type': type } })
  }

  delete(path: string, body?: unknown, options?: SendOptions): Promise<Reply> {
    return this.send('DELETE', path, body, options)
  }

  /** @param body sent as JSON; a string, or bytes, are sent as they are. Rejects where the connection breaks. */
  async send(method: string, path: string, body?: unknown, options: SendOptions = {}): Promise<Reply> {
    const message = await this.#open(method, path, body, options)
    const chunks: Buffer[] = []
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    return { status: message.statusCode ?? 0, headers: message.headers, text, body: parsed(text) }
  }

  /** Opens a watch on a collection. Rejects where it is not answered with 200. */
  async watch(
    path: string,
    query: Readonly<Record<string, string | number>> = {},
    options: SendOptions = {},
  ): Promise<Watch> {
    const message = await this.#open('GET', path, undefined, { ...options, query: { watch: 'true', ...query } })
    if (message.statusCode !== 200) throw new Error(`The watch of ${path} was answered with ${message.statusCode}.`)
    return new Watch(message)
  }

  #open(method: string, path: string, body: unknown, options: SendOptions): Promise<IncomingMessage> {
    const { url, ca, token } = this.#options
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    )
    const at = new URL(url + path + (query.size > 0 ? `?${query.toString()}` : ''))
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const payload = body === undefined ? null : Buffer.from(isRaw ? (body as string) : JSON.stringify(body))
    const headers = {
      'User-Agent': 'conformance/1.0',
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(payload ? { 'Content-Type': 'application/json', 'Content-Length': payload.length } : {}),
      ...options.headers,
    }
    return new Promise((resolve, reject) => {
      const request: ClientRequest =
        at.protocol === 'https:'
          ? httpsRequest(at, { method, headers, ...(ca === undefined ? {} : { ca }) }, resolve)
          : httpRequest(at, { method, headers }, resolve)
      request.on('error', reject)
      request.end(payload ?? undefined)
    })
  }
}

/** One line of a watch. */
export interface WatchLine {
  readonly type: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly object: any
}

/** How long a test waits for an event that has to come. */
const PATIENCE_MS = 30_000

/** An open watch. */
export class Watch {
  readonly #message: IncomingMessage
  readonly #lines: AsyncIterator<string>

  constructor(message: IncomingMessage) {
    this.#message = message
    this.#lines = lines(message)[Symbol.asyncIterator]()
  }

  /** The next event; rejects where the watch ends first, or none comes in time. */
  async next(): Promise<WatchLine> {
    const line = await this.#nextLine()
    if (line === null) throw new Error('The watch has ended.')
    return JSON.parse(line) as WatchLine
  }

  /** The next events, `count` of them. */
  async take(count: number): Promise<WatchLine[]> {
    const events: WatchLine[] = []
    while (events.length < count) events.push(await this.next())
    return events
  }

  /** Everything up to the end of the watch. */
  async rest(): Promise<WatchLine[]> {
    const events: WatchLine[] = []
    for (;;) {
      const line = await this.#nextLine()
      if (line === null) return events
      events.push(JSON.parse(line) as WatchLine)
    }
  }

  close(): void {
    this.#message.destroy()
  }

  async #nextLine(): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`No event within ${PATIENCE_MS} ms.`))
      }, PATIENCE_MS)
    })
    try {
      const { done, value } = await Promise.race([this.#lines.next(), late])
      return done ? null : value
    } finally {
      clearTimeout(timer)
    }
  }
}

async function* lines(message: IncomingMessage): AsyncGenerator<string> {
  let buffered = ''
  message.setEncoding('utf8')
  for await (const chunk of message as AsyncIterable<string>) {
    const parts = (buffered + chunk).split('\n')
    buffered = parts.pop()!
    for (const part of parts) if (part !== '') yield part
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
