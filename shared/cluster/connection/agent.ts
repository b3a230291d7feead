import { Agent as HttpAgent, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../time/clock.ts'

/** How often an idle connection is probed by TCP; client-go's dialer has the same. */
const TCP_KEEP_ALIVE_MS = 30_000

/** Milliseconds until a connection must be made, TLS and proxy included; client-go's dialer has the same for TCP. */
export const CONNECT_TIMEOUT_MS = 30_000

/** A server, or the proxy before it, that does not take a connection in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
  readonly code = 'ETIMEDOUT'
}

/** Opens the raw connection for a request, where that is not simply a TCP connection to its host. */
export type OpenTunnel = (signal: AbortSignal) => Promise<Socket>

/** The reason for ending the wait of {@link CONNECT_TIMEOUT_MS}. Not an Error: creating its stack is slow at startup. */
const CONNECTED = 'the connection is made, or has failed'

type OnCreated = (error: Error | null, socket: Duplex) => void

/**
 * Keeps connections to an HTTPS server: one server, with one set of options. So its connections need no names to tell
 * them apart, which Node would make anew, of all those options, twice for each request.
 */
export class TlsAgent extends HttpsAgent {
  readonly #clock: Clock
  readonly #openTunnel: OpenTunnel | undefined

  constructor(options: AgentOptions, clock: Clock, openTunnel?: OpenTunnel) {
    super({ ...options, keepAlive: true })
    this.#clock = clock
    this.#openTunnel = openTunnel
  }

  override getName(): string {
    return 'server'
  }

  override createConnection(options: RequestOptions, onCreated?: OnCreated): Duplex | null | undefined {
    const create = (extra: object): Socket => super.createConnection({ ...options, ...extra }) as Socket
    return createGuarded(create, 'secureConnect', this.#clock, this.#openTunnel, onCreated)
  }
}

/** Keeps connections to an HTTP server; see {@link TlsAgent}. */
export class PlainAgent extends HttpAgent {
  readonly #clock: Clock
  readonly #openTunnel: OpenTunnel | undefined

  constructor(options: AgentOptions, clock: Clock, openTunnel?: OpenTunnel) {
    super({ ...options, keepAlive: true })
    this.#clock = clock
    this.#openTunnel = openTunnel
  }

  override getName(): string {
    return 'server'
  }

  override createConnection(options: RequestOptions, onCreated?: OnCreated): Duplex | null | undefined {
    const create = (extra: { socket?: Socket }): Socket => extra.socket ?? (super.createConnection(options) as Socket)
    return createGuarded(create, 'connect', this.#clock, this.#openTunnel, onCreated)
  }
}

/** Creates a connection, through the tunnel if there is one, that is given up when it takes too long. */
function createGuarded(
  create: (extra: { socket?: Socket }) => Socket,
  readyEvent: 'connect' | 'secureConnect',
  clock: Clock,
  openTunnel: OpenTunnel | undefined,
  onCreated: OnCreated | undefined,
): Duplex | undefined {
  const tooLate = new AbortController()
  const done = new AbortController()
  const finish = (): void => done.abort(CONNECTED)
  clock.sleep(CONNECT_TIMEOUT_MS, done.signal).then(
    () => tooLate.abort(new ConnectTimeoutError('the connection took too long')),
    () => {},
  )
  const guard = (socket: Socket, isReady: boolean): Socket => {
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    if (isReady) {
      finish()
      return socket
    }
    const giveUp = (): void => void socket.destroy(tooLate.signal.reason as Error)
    tooLate.signal.addEventListener('abort', giveUp, { once: true })
    // A listener that stays would keep the first request of the connection in memory, as long as that is open.
    const settle = (): void => {
      finish()
      socket.off(readyEvent, settle).off('close', settle)
    }
    return socket.on(readyEvent, settle).on('close', settle)
  }
  if (!openTunnel) return guard(create({}), false)
  openTunnel(tooLate.signal).then(
    (tunnel) => onCreated?.(null, guard(create({ socket: tunnel }), readyEvent === 'connect')),
    (error: unknown) => {
      finish()
      onCreated?.((tooLate.signal.aborted ? tooLate.signal.reason : error) as Error, undefined as unknown as Duplex)
    },
  )
  return undefined
}
