import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Clock } from '../../time/clock.ts'
import { PlainAgent, TlsAgent, type OpenTunnel } from './agent.ts'
import { hostOf, portOf, proxyAuthorization } from './proxy.ts'
import { isUntrusted } from './certificate-errors.ts'
import { checkServerIdentity, createTlsContext, expecting, systemAuthorities, tlsToProxy, type ClientCertificate, type ServerTrust } from './tls.ts'

/**
 * How many requests are under way at once; more wait. Streams do not count. A process that leads in a thousand elections
 * sends 500 renewals a second: with fewer connections than this a slow server alone would make it lose them all.
 */
const MOST_REQUEST_SOCKETS = 64
/** Bytes. Node takes 16 KiB, Go 10 MiB; gateways that log people in set large cookies. */
const MOST_HEADER_BYTES = 1024 * 1024

/** Names and values of headers in turn: what Node writes as it is, where it would put an object in order first. */
export type HeaderList = readonly (string | readonly string[])[]

/** One HTTP request. */
export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: HeaderList
  readonly body: string | undefined
  readonly certificate: ClientCertificate | undefined
  /** Whether its answer is read as it comes: it then gets a connection of its own. */
  readonly isStream: boolean
  /** Ends the request, and its answer while that is read; its reason is thrown as it is. */
  readonly signal: AbortSignal
}

interface Agents {
  readonly trust: ServerTrust
  readonly certificate: ClientCertificate | undefined
  readonly requests: TlsAgent | PlainAgent
  readonly streams: TlsAgent | PlainAgent
}

/** Sends HTTP requests to one server, directly or through a proxy, on connections that it keeps. */
export class Transport {
  readonly #server: URL
  #trust: ServerTrust
  readonly #proxy: URL | undefined
  readonly #clock: Clock
  #agents: Agents | undefined

  constructor(server: URL, trust: ServerTrust, proxy: URL | undefined, clock: Clock) {
    this.#server = server
    this.#trust = trust
    this.#proxy = proxy
    this.#clock = clock
  }

  /**
   * Makes ready to connect with a client certificate.
   *
   * @throws ClusterError of kind `config` where certificates or keys are no good
   */
  prepare(certificate: ClientCertificate | undefined): Agents {
    if (this.#agents && this.#agents.certificate === certificate) return this.#agents
    const agents = this.#createAgents(certificate)
    // Connections in use end by themselves; idle ones belong to the old certificate.
    this.close()
    this.#agents = agents
    return agents
  }

  /** Sends a request and resolves with the answer's head. @throws whatever `node:http` does; see `connectionError` */
  async send(exchange: Exchange): Promise<IncomingMessage> {
    for (;;) {
      const agents = this.prepare(exchange.certificate)
      const agent = exchange.isStream ? agents.streams : agents.requests
      exchange.signal.throwIfAborted()
      const request = this.#createRequest(exchange, agent)
      try {
        return await answerOf(request, exchange)
      } catch (error) {
        if (isUntrusted(error) && this.#widenTrust(agents)) continue
        // The server closed an idle connection just as it was to be used again; the request itself is not at fault.
        const isStale = request.reusedSocket && exchange.method === 'GET' && isClosed(error)
        if (!isStale || exchange.signal.aborted) throw error
      }
    }
  }

  /** Closes connections that are not in use. */
  close(): void {
    for (const agent of this.#agents ? [this.#agents.requests, this.#agents.streams] : []) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
    }
  }

  /**
   * Where the kubeconfig names no authority, kubectl believes those of the system. They are read only when Node's own
   * do not do.
   *
   * @returns whether another try is worthwhile
   */
  #widenTrust({ trust }: Agents): boolean {
    if (trust.authority) return false
    if (this.#trust !== trust) return true
    const authority = systemAuthorities()
    if (!authority) return false
    this.close()
    this.#trust = { ...trust, authority }
    this.#agents = undefined
    return true
  }

  #createRequest(exchange: Exchange, agent: TlsAgent | PlainAgent): ClientRequest {
    const { method } = exchange
    const forwarder = this.#forwarder()
    const to = forwarder ?? this.#server
    const path = forwarder ? this.#server.origin + exchange.path : exchange.path
    const authorization = forwarder && proxyAuthorization(forwarder)
    const headers = ['Host', this.#server.host, ...exchange.headers]
    if (authorization) headers.push('Proxy-Authorization', authorization)
    const options = {
      method,
      headers: headers as readonly string[],
      agent,
      path,
      host: hostOf(to),
      port: portOf(to),
      maxHeaderSize: MOST_HEADER_BYTES,
    }
    return to.protocol === 'https:' ? requestHttps(options) : requestHttp(options)
  }

  /** The proxy that plain HTTP is handed to as it is, as Go does. HTTPS, and all through SOCKS, goes by tunnel. */
  #forwarder(): URL | undefined {
    return this.#server.protocol === 'http:' && this.#proxy?.protocol.startsWith('http') ? this.#proxy : undefined
  }

  #createAgents(certificate: ClientCertificate | undefined): Agents {
    const proxy = this.#proxy
    const forwarder = this.#forwarder()
    let openTunnel: OpenTunnel | undefined
    if (proxy && !forwarder) {
      openTunnel = async (signal) =>
        (await import('./tunnel.ts')).openTunnel(proxy, this.#server, { trust: this.#trust, certificate }, signal)
    } else {
      const to = forwarder ?? this.#server
      const host = hostOf(to)
      if (!isIP(host)) openTunnel = async (signal) => (await import('./dial.ts')).dial(host, portOf(to), this.#clock, signal)
    }
    const create = this.#agentFactory(certificate, forwarder)
    return {
      trust: this.#trust,
      certificate,
      requests: create(MOST_REQUEST_SOCKETS, openTunnel),
      streams: create(Infinity, openTunnel),
    }
  }

  #agentFactory(
    certificate: ClientCertificate | undefined,
    forwarder: URL | undefined,
  ): (maxSockets: number, openTunnel: OpenTunnel | undefined) => TlsAgent | PlainAgent {
    if (forwarder?.protocol === 'https:') {
      const options = tlsToProxy(hostOf(forwarder), { authority: undefined, isUnverified: false }, undefined)
      return (maxSockets, openTunnel) => new TlsAgent({ ...options, maxSockets }, this.#clock, openTunnel)
    }
    if (this.#server.protocol === 'http:') {
      return (maxSockets, openTunnel) => new PlainAgent({ maxSockets }, this.#clock, openTunnel)
    }
    const secureContext = createTlsContext(this.#trust, certificate)
    const { serverName, isUnverified } = this.#trust
    return (maxSockets, openTunnel) =>
      new TlsAgent(
        {
          maxSockets,
          secureContext,
          // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing.
          rejectUnauthorized: !isUnverified,
          ...(serverName ? expecting(serverName) : { checkServerIdentity }),
        },
        this.#clock,
        openTunnel,
      )
  }
}

function answerOf(request: ClientRequest, exchange: Exchange): Promise<IncomingMessage> {
  const { signal, body } = exchange
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined
    const onAbort = (): void => {
      // A request that still waits for its connection would not tell of its end.
      const reason = signal.reason as Error
      reject(reason)
      answer?.destroy(reason)
      request.destroy(reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    request.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      // However it ended: a promise that is never settled would end a program without a word.
      if (!answer) reject(failure('ECONNRESET', 'the connection ended without an answer'))
    })
    request.once('response', (response) => {
      answer = response
      resolve(response)
    })
    request.once('upgrade', (_response, socket: Socket) => {
      socket.destroy()
      reject(failure('ERR_UPGRADED', 'the server changed to another protocol'))
    })
    request.on('error', reject)
    request.end(body)
  })
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Whether a response with this status sends elsewhere, if it says where: those that Go's `http.Client` follows. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'EPIPE'
}
