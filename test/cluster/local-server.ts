import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls'
import { onTestFinished } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ConnectionSettings, ConnectionSurroundings } from '../../shared/cluster/connection/connection-settings.ts'
import { systemClock } from '../../shared/time/clock.ts'

/** The path of a checked-in certificate or key; see `fixtures/generate.sh`. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name)
}

export function readFixture(name: string): Buffer {
  return readFileSync(fixture(name))
}

export function base64Fixture(name: string): string {
  return readFixture(name).toString('base64')
}

/** A server that lives as long as the test that started it. */
export interface LocalServer {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** The requests that came, in their order. */
  readonly requests: readonly IncomingMessage[]
}

/** Starts an HTTP server, or an HTTPS one with the certificate of that name, on a free port of 127.0.0.1. */
export async function startServer(
  listener: RequestListener,
  tls?: { certificate: string } & ServerOptions,
): Promise<LocalServer> {
  const requests: IncomingMessage[] = []
  const onRequest: RequestListener = (request, response) => {
    requests.push(request)
    listener(request, response)
  }
  const server = tls
    ? createTlsServer(
        { cert: readFixture(`${tls.certificate}.pem`), key: readFixture(`${tls.certificate}.key`), ...tls },
        onRequest,
      )
    : createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, server, requests }
}

interface ApiCluster {
  readonly server: string
  readonly 'certificate-authority-data': string
}

/** Starts an HTTPS server, without which no credentials are sent, and gives the kubeconfig's cluster entry for it. */
export async function startApi(
  listener: RequestListener,
  tls: ServerOptions = {},
): Promise<LocalServer & { readonly cluster: ApiCluster }> {
  const started = await startServer(listener, { certificate: 'server', ...tls })
  return { ...started, cluster: { server: started.url, 'certificate-authority-data': base64Fixture('authority.pem') } }
}

/** Answers with JSON. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value))
  }
}

/** The client certificate that a request came with. */
export function peerOf({ socket }: IncomingMessage): DetailedPeerCertificate {
  if (!(socket instanceof TLSSocket)) throw new Error('the request did not come over TLS')
  return socket.getPeerCertificate(true)
}

/** A Status object, as API servers answer with on failure. */
export function failure(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
  name?: string,
): RequestListener {
  const details = name === undefined ? {} : { name }
  return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, details, code }, code, headers)
}

/** A folder for the test, with these files in it. */
export async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

/** The text of a kubeconfig with one context. */
export function kubeconfigText(cluster: object, user: object = {}): string {
  return JSON.stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'there', user: 'jane', namespace: 'team-a' } }],
    clusters: [{ name: 'there', cluster }],
    users: [{ name: 'jane', user }],
  })
}

/** Surroundings in which nothing of this machine's own configuration is seen. */
export function surroundings(more: Partial<ConnectionSurroundings> = {}): ConnectionSurroundings {
  return { env: { HOME: '/nonexistent' }, clock: systemClock, version: '1.2.3', isInteractive: () => false, ...more }
}

/** Connects by a kubeconfig with one context. */
export async function connectTo(
  cluster: object,
  user: object = {},
  settings: ConnectionSettings = {},
  more: Partial<ConnectionSurroundings> = {},
): Promise<ApiClient> {
  const folder = await folderWith({ config: kubeconfigText(cluster, user) })
  const client = await connect({ kubeconfig: join(folder, 'config'), ...settings }, surroundings(more))
  onTestFinished(() => {
    client.close()
  })
  return client
}

/** What a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

/** A GET of all leases. */
export const LIST = {
  method: 'GET',
  path: '/apis/coordination.k8s.io/v1/leases',
  subject: { verb: 'list', resource: 'leases.coordination.k8s.io' },
} as const
