import type { CandidateView } from './candidate-view.ts'
import { CommandError, ExitCode } from '../exit-code.ts'

/** The address to listen on; without a host, all addresses. */
export interface ListenAddress {
  readonly host?: string
  readonly port: number
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** The answer to a GET of a path; null if the path does not exist. */
export function page(path: string, view: CandidateView): Page | null {
  switch (path) {
    case '/':
      // The answer of the leader-elector image from the early days of Kubernetes.
      return json(200, { name: view.leader() })
    case '/leader': {
      const isLeader = view.isLeader()
      const { identity } = view
      return json(isLeader ? 200 : 503, { isLeader, identity, leader: view.leader(), fencingToken: view.fencingToken() })
    }
    case '/healthz': {
      const problem = view.problem()
      return problem ? text(500, problem.message) : text(200, 'ok')
    }
    case '/readyz':
      return view.isReady() ? text(200, 'ok') : text(503, 'the election has not been read yet')
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: view.metrics() }
    default:
      return null
  }
}

/** A small HTTP server; `close` also ends the connections that are open. */
export interface HttpSidecar {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves the state of a candidate over HTTP.
 * @throws CommandError if it cannot listen on the address
 */
export async function startHttpSidecar(address: ListenAddress, view: CandidateView): Promise<HttpSidecar> {
  const { createServer } = await import('node:http')
  const server = createServer(({ method, url = '/' }, response) => {
    const { status, headers, body } = answer(method, url.split('?')[0]!, view)
    response.writeHead(status, headers)
    response.end(method === 'HEAD' ? undefined : body)
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

function answer(
  method: string | undefined,
  path: string,
  view: CandidateView,
): { readonly status: number; readonly headers: Record<string, string | number>; readonly body: string } {
  const isRead = method === 'GET' || method === 'HEAD'
  const { status, type, body } = isRead ? (page(path, view) ?? text(404, 'not found')) : text(405, 'only GET and HEAD')
  // The answer may be outdated at the next moment.
  const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' }
  return { status, headers: isRead ? headers : { ...headers, Allow: 'GET, HEAD' }, body }
}

function listenError(error: unknown, { host, port }: ListenAddress): CommandError {
  const { code, message } = error as NodeJS.ErrnoException
  const where = host === undefined ? `port ${port}` : `${host}:${port}`
  const why = code === 'EADDRINUSE' ? 'it is in use' : (code ?? message)
  return new CommandError(`Cannot listen on ${where}: ${why}. Choose another port.`, ExitCode.usage, { cause: error })
}

function json(status: number, body: object): Page {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n` }
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}
