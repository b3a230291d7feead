import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { errorText } from '../../kubectl-plugin/output/advice.ts'
import { connectionError } from '../../shared/cluster/connection/connection-error.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import {
  base64Fixture,
  connectTo,
  failure,
  fixture,
  json,
  LIST,
  readFixture,
  rejectionOf,
  startApi,
  startServer,
} from './local-server.ts'
import { verbatim } from '../../shared/phrase.ts'

const TRUSTED = { 'certificate-authority-data': base64Fixture('authority.pem') }

async function errorOf(
  cluster: object,
  user: object = {},
  request: Parameters<typeof ask>[1] = LIST,
): Promise<ClusterError> {
  const error = await rejectionOf(ask(await connectTo(cluster, user), request))
  expect(error).toBeInstanceOf(ClusterError)
  return error as ClusterError
}

function ask(
  client: Awaited<ReturnType<typeof connectTo>>,
  request: Parameters<typeof client.request>[0],
): Promise<unknown> {
  return client.request(request)
}

/** A TCP server that does as told with each connection. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a server that is not there', () => {
  it('refuses', async () => {
    const server = `https://127.0.0.1:${await freePort()}`
    const error = await errorOf({ server, ...TRUSTED })
    expect(error.kind).toBe('unreachable')
    expect(error.message).toBe(`${server} refused the connection. Check that the server is running and that the address is correct.`)
    expect(error.subject).toEqual(LIST.subject)
  })

  it('has a host name that cannot be resolved', async () => {
    const error = await errorOf({ server: 'https://nowhere.invalid:6443', ...TRUSTED })
    expect(error.kind).toBe('unreachable')
    expect(error.message).toMatch(/^Cannot resolve the host name of https:\/\/nowhere\.invalid:6443[.:]/)
  })

  it.each(['https', 'http'])('closes the connection at once: %s', async (scheme) => {
    const port = await tcpServer((socket) => socket.destroy())
    const error = await errorOf({ server: `${scheme}://127.0.0.1:${port}`, ...TRUSTED })
    expect(error.kind).toBe('unreachable')
    expect(error.message).toContain('closed the connection')
  })

  it('closes the connection in the middle of its answer', async () => {
    const { url } = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('{', () => response.socket!.destroy())
    })
    const error = await errorOf({ server: url })
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: `${url} closed the connection before its answer was complete.`,
    })
  })
})

describe('an answer that is none', () => {
  it.each([
    ['101 Switching Protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', /^http:\S+ changed to another protocol \(HTTP 101\)/],
    ['headers without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(2 * 1024 * 1024)}`, /^The headers of the answer of http:\S+ are larger than 1 MiB/],
  ])('is an error: %s', async (_, answer, message) => {
    const port = await tcpServer((socket) => void socket.end(answer))
    expect(await errorOf({ server: `http://127.0.0.1:${port}` })).toMatchObject({ kind: 'protocol', message: expect.stringMatching(message) as string })
  })
})

it('names the proxy if that has a wrong certificate', () => {
  const cause = Object.assign(new Error(), { code: 'CERT_HAS_EXPIRED' })
  const error = Object.assign(new Error('expired', { cause }), { name: 'ProxyError' })
  const facts = { server: 'https://api', proxy: 'https://proxy:3128', certificate: undefined, wallMs: 0, subject: LIST.subject }
  expect(connectionError(error, facts)).toMatchObject({
    kind: 'certificate',
    message: expect.stringMatching(/^The certificate of https:\/\/proxy:3128 has expired\. .* It is the proxy of proxy-url or HTTPS_PROXY\.$/) as string,
  })
})

describe('certificates', () => {
  const cases: {
    name: string
    certificate: string
    cluster?: object
    message: RegExp
  }[] = [
    {
      name: 'an authority that is not the one of the kubeconfig',
      certificate: 'server',
      cluster: { 'certificate-authority-data': base64Fixture('other-authority.pem') },
      message: /signed by an authority that is not trusted .*--certificate-authority\.$/,
    },
    {
      name: "an authority that is none of the system's",
      certificate: 'server',
      cluster: { 'certificate-authority-data': undefined },
      message: /signed by an authority that is not trusted/,
    },
    { name: 'another name', certificate: 'server-elsewhere', message: /is valid for other names \(DNS:api\.example\.com\)\. .*--tls-server-name\.$/ },
    {
      name: 'a common name alone',
      certificate: 'server-common-name',
      message: /has no subject alternative name, and a common name is not enough\. Issue a certificate with a subject alternative name for the server\.$/,
    },
    { name: 'a server certificate that has expired', certificate: 'server-expired', message: /has expired/ },
  ]
  it.each(cases)('$name', async ({ certificate, cluster, message }) => {
    const { url } = await startServer(json({}), { certificate })
    const error = await errorOf({ server: url, ...TRUSTED, ...cluster })
    expect(error.kind).toBe('certificate')
    expect(error.message).toContain(url)
    expect(errorText(error)).toMatch(message)
  })

  it('a server that wants a client certificate', async () => {
    const ca = [Buffer.from(base64Fixture('authority.pem'), 'base64')]
    const { url } = await startServer(json({}), {
      certificate: 'server',
      requestCert: true,
      rejectUnauthorized: true,
      ca,
    })
    const error = await errorOf({ server: url, ...TRUSTED })
    expect(error.kind).toBe('certificate')
    expect(error.message).toBe(`${url} requires a client certificate, but the kubeconfig user has none.`)
  })

  it('a server that hangs up on a client certificate that has expired', async () => {
    const ca = [Buffer.from(base64Fixture('authority.pem'), 'base64')]
    const { url } = await startServer(json({}), {
      certificate: 'server',
      requestCert: true,
      rejectUnauthorized: true,
      ca,
    })
    const user = { 'client-certificate': fixture('client-expired.pem'), 'client-key': fixture('client-expired.key') }
    const error = await errorOf({ server: url, ...TRUSTED }, user)
    expect(error.kind).toBe('certificate')
    expect(error.message).toMatch(/client-expired\.pem expired on 2021-01-01/)
  })

  it.each([
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
    'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
    'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR',
  ])('a TLS alert on our client certificate: %s', (code) => {
    const certificate = {
      cert: readFixture('client.pem'),
      key: readFixture('client.key'),
      label: verbatim('client certificate x.pem'),
    }
    const facts = {
      server: 'https://s',
      proxy: undefined,
      certificate,
      wallMs: Date.UTC(2026, 0),
      subject: LIST.subject,
    }
    const error = connectionError(Object.assign(new Error('alert'), { code }), facts)
    expect(error.kind).toBe('certificate')
    expect(error.message).toMatch(/^https:\/\/s rejected the client certificate x\.pem\./)
  })

  it('a server that answers 401 to a client certificate that has expired', async () => {
    const { url } = await startServer(failure(401, 'Unauthorized', 'Unauthorized'), { certificate: 'server' })
    const user = { 'client-certificate': fixture('client-expired.pem'), 'client-key': fixture('client-expired.key') }
    const error = await errorOf({ server: url, ...TRUSTED }, user)
    expect(error).toMatchObject({
      kind: 'certificate',
      status: 401,
      message: expect.stringContaining('expired on') as string,
    })
  })
})

describe('another protocol than expected', () => {
  it('HTTPS, spoken to a plain HTTP server', async () => {
    const { port } = await startServer(json({}))
    const error = await errorOf({ server: `https://127.0.0.1:${port}`, ...TRUSTED })
    expect(error).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('its URL starts with http://') as string,
    })
  })

  it('HTTP, spoken to an HTTPS server written in Go', async () => {
    const { url } = await startServer((_request, response) => {
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n')
    })
    const error = await errorOf({ server: url })
    expect(error).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('its URL starts with https://') as string,
    })
  })

  it('something that is not HTTP', async () => {
    const port = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const error = await errorOf({ server: `http://127.0.0.1:${port}` })
    expect(error).toMatchObject({ kind: 'protocol', message: expect.stringContaining('does not speak HTTP') as string })
  })

  const html: RequestListener = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><title>Log in</title>')
  }
  it.each<{ name: string; listener: RequestListener; message: RegExp }>([
    { name: 'a web page', listener: html, message: /it returned a web page/ },
    {
      name: 'a web page that says 404',
      listener: (_request, response) => void response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html>'),
      message: /a web page \(HTTP 404\)/,
    },
    {
      name: 'a redirect',
      listener: (_request, response) => void response.writeHead(302, { Location: 'https://login.example.com/' }).end(),
      message: /to https:\/\/login\.example\.com\//,
    },
    { name: 'text', listener: (_request, response) => void response.end('ok'), message: /not JSON/ },
    { name: 'nothing', listener: (_request, response) => void response.end(), message: /not JSON/ },
  ])('$name instead of an API answer', async ({ listener, message }) => {
    const { url } = await startServer(listener)
    const error = await errorOf({ server: url })
    expect(error.kind).toBe('protocol')
    expect(error.message).toMatch(message)
    expect(error.message).toContain(url)
  })
})

describe("a server's refusals", () => {
  const GET = {
    method: 'GET',
    path: '/x',
    subject: { verb: 'get', resource: 'leases.coordination.k8s.io', namespace: 'team-a', name: 'web' },
  } as const
  const cases: {
    status: number
    reason: string
    said: string
    kind: string
    message: string | RegExp
    request?: Parameters<typeof errorOf>[2]
  }[] = [
    { status: 401, reason: 'Unauthorized', said: 'Unauthorized', kind: 'unauthorized', message: /Log in again/ },
    {
      status: 403,
      reason: 'Forbidden',
      said: 'User "jane" cannot list resource "leases"',
      kind: 'forbidden',
      message:
        'You are not allowed to list leases.coordination.k8s.io in all namespaces. ' +
        'Server message: User "jane" cannot list resource "leases". Ask for a Role that grants it.',
    },
    {
      status: 403,
      reason: 'Forbidden',
      said: '',
      kind: 'forbidden',
      request: GET,
      message: /^You are not allowed to get leases\.coordination\.k8s\.io "web" in namespace "team-a"\./,
    },
    // Admission: the user may do it, and no Role helps.
    ...[
      'exceeded quota: q, requested: count/leases.coordination.k8s.io=1, used: count/leases.coordination.k8s.io=0, limited: count/leases.coordination.k8s.io=0',
      'unable to create new content in namespace team-a because it is being terminated',
      'admission webhook "names.example.com" denied the request: User "jane" cannot use this name',
    ].map((why) => ({
      status: 403,
      reason: 'Forbidden',
      said: `leases.coordination.k8s.io "web" is forbidden: ${why}`,
      kind: 'denied',
      request: GET,
      message: `The API server denied the request to get leases.coordination.k8s.io "web" in namespace "team-a". Server message: leases.coordination.k8s.io "web" is forbidden: ${why}`,
    })),
    {
      status: 404,
      reason: 'NotFound',
      said: 'leases.coordination.k8s.io "web" not found',
      kind: 'notFound',
      request: GET,
      message: 'Leases.coordination.k8s.io "web" not found.',
    },
    {
      status: 409,
      reason: 'Conflict',
      said: 'the object has been modified',
      kind: 'conflict',
      message: /: another client changed it in the meantime\. .*has been modified/,
    },
    {
      status: 409,
      reason: 'AlreadyExists',
      said: 'leases "web" already exists',
      kind: 'conflict',
      message: /: it already exists\./,
    },
    { status: 410, reason: 'Expired', said: 'too old resource version', kind: 'expired', message: /too old/ },
    { status: 400, reason: 'BadRequest', said: 'bad limit', kind: 'invalid', message: /bad limit/ },
    { status: 405, reason: 'MethodNotAllowed', said: 'no', kind: 'invalid', message: /HTTP 405/ },
    { status: 415, reason: 'UnsupportedMediaType', said: 'no', kind: 'invalid', message: /HTTP 415/ },
    {
      status: 422,
      reason: 'Invalid',
      said: 'spec.holder: Required',
      kind: 'invalid',
      message: /spec\.holder: Required/,
    },
    {
      status: 500,
      reason: 'InternalError',
      said: 'etcdserver: leader changed',
      kind: 'server',
      message: /HTTP 500.*leader changed/,
    },
    { status: 504, reason: 'Timeout', said: 'too slow', kind: 'server', message: /HTTP 504/ },
  ]
  it.each(cases)('$status $reason', async ({ status, reason, said, kind, message, request }) => {
    const { url } = await startServer(failure(status, reason, said, {}, request?.subject.name))
    const error = await errorOf({ server: url }, {}, request)
    expect(error).toMatchObject({ kind, status, reason, subject: (request ?? LIST).subject })
    if (typeof message === 'string') expect(errorText(error)).toBe(message)
    else expect(errorText(error)).toMatch(message)
  })

  it.each<{ name: string; listener: RequestListener }>([
    { name: 'a Status', listener: failure(404, 'NotFound', 'the server could not find the requested resource') },
    { name: 'text', listener: (_request, response) => void response.writeHead(404).end('404 page not found\n') },
  ])('404 of a resource that is not served has no reason: $name', async ({ listener }) => {
    const { url } = await startServer(listener)
    const error = await errorOf({ server: url })
    expect(error).toMatchObject({ kind: 'notFound', status: 404, reason: undefined })
    expect(error.message).toContain('does not serve leases.coordination.k8s.io')
  })

  it('a gateway that has lost its server is a server error, though it answers with a web page', async () => {
    const { url } = await startServer((_request, response) => {
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<html>Bad Gateway</html>')
    })
    expect(await errorOf({ server: url })).toMatchObject({ kind: 'server', status: 502 })
  })

  it('429 says how long to wait, from the Status too', async () => {
    const status = { kind: 'Status', message: 'busy', details: { retryAfterSeconds: 60 } }
    const { url } = await startServer(json(status, 429))
    expect(await errorOf({ server: url })).toMatchObject({ kind: 'tooManyRequests', retryAfterMs: 60_000 })
  })
})

describe('what is in an error', () => {
  it('never the token', async () => {
    const { url } = await startServer(failure(401, 'Unauthorized', 'Unauthorized'))
    const error = await errorOf({ server: url }, { token: 'very-secret' })
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('very-secret')
  })

  it('a token that is not a header value is an error of the kubeconfig', async () => {
    const { cluster } = await startApi(json({}))
    const error = await errorOf(cluster, { token: 'two\nlines' })
    expect(error.kind).toBe('config')
    expect(error.message).not.toContain('two')
  })
})
