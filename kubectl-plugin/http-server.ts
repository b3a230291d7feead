import type { EventStream } from '../shared/event-stream.ts'
import { httpHandler, type Page } from '../shared/http-handler.ts'
import { CommandError, ExitCode } from './exit-code.ts'
import { parsePort } from './port.ts'

/** The address to listen on; without a host, all addresses. */
export interface ListenAddress {
  readonly host?: string
  readonly port: number
}

/** A small HTTP server; `close` also ends the connections that are open. */
export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves pages for GET and HEAD.
 *
 * @param pageAt the page at a path; null if the path does not exist
 * @param events server-sent events at `/events`; absent: that path does not exist
 * @throws CommandError if it cannot listen on the address
 */
export async function serveHttp(
  address: ListenAddress,
  pageAt: (path: string) => Page | null | Promise<Page | null>,
  events?: EventStream,
): Promise<HttpServer> {
  const { createServer } = await import('node:http')
  const handle = httpHandler(pageAt)
  const server = createServer((request, response) => {
    if (events && request.method === 'GET' && request.url?.split('?')[0] === '/events') events.accept(response)
    else handle(request, response)
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, resolve)
    })
  } catch (error) {
    throw listenError(error, address)
  }
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Parses `[HOST:]PORT`. The default host is loopback. An IPv6 address must be in brackets. */
export function parseListen(text: string): ListenAddress {
  const split = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d+)$/.exec(text)
  if (!split) return { host: '127.0.0.1', port: parsePort(text) }
  return { host: (split[1] ?? split[2])!, port: parsePort(split[3]!) }
}

function listenError(error: unknown, { host, port }: ListenAddress): CommandError {
  const { code, message } = error as NodeJS.ErrnoException
  const where = host === undefined ? `port ${port}` : `${host}:${port}`
  const why = code === 'EADDRINUSE' ? 'it is in use' : (code ?? message)
  return new CommandError(`Cannot listen on ${where}: ${why}. Choose another port.`, ExitCode.usage, { cause: error })
}
