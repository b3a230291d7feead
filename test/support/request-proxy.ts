import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'

/** A request on its way to the API server. */
export interface PassingRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body: string
}

/** What a test does with requests. All are called for each request, one after the other. */
export interface ProxyHooks {
  /** Waited for before the server gets the request, also if the client has given it up; an answer takes the server's place. */
  readonly before: Set<(request: PassingRequest) => Promise<{ readonly status: number; readonly body: object } | undefined>>
  /** Called after the server has answered, before the client gets the answer. */
  readonly after: Set<(request: PassingRequest, status: number) => void>
}

/** A plain HTTP server before an API server, which can hold, refuse and tell of each request. Whole requests, streamed answers. */
export class RequestProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: URL
  readonly #agent: Agent
  readonly #token: string
  readonly hooks: ProxyHooks = { before: new Set(), after: new Set() }

  private constructor(target: URL, ca: Buffer, token: string) {
    this.#token = token
    this.#target = target
    this.#agent = new Agent({ ca, keepAlive: true })
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing).catch(() => outgoing.destroy()))
  }

  /** @param token what it authenticates with, since clients send no credentials to a server without encryption */
  static async open(url: string, ca: Buffer, token: string): Promise<RequestProxy> {
    const proxy = new RequestProxy(new URL(url), ca, token)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const passing: PassingRequest = { method: incoming.method!, path: incoming.url!, body: body.toString() }
    for (const hook of this.hooks.before) {
      const instead = await hook(passing)
      if (!instead) continue
      outgoing.writeHead(instead.status, { 'content-type': 'application/json' }).end(JSON.stringify(instead.body))
      return
    }
    const answer = await this.#send(passing, incoming.headers, body)
    for (const hook of this.hooks.after) hook(passing, answer.statusCode!)
    outgoing.on('close', () => answer.destroy())
    outgoing.writeHead(answer.statusCode!, answer.headers)
    outgoing.flushHeaders()
    answer.on('error', () => outgoing.destroy()).pipe(outgoing)
  }

  #send({ method, path }: PassingRequest, headers: IncomingMessage['headers'], body: Buffer): Promise<IncomingMessage> {
    const { hostname, port } = this.#target
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers: { ...headers, authorization: `Bearer ${this.#token}` }, agent: this.#agent }, resolve)
      sent.on('error', reject).end(body)
    })
  }
}
