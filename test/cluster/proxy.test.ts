import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chooseProxy } from '../../shared/cluster/connection/proxy.ts'
import { NO_CLUSTER } from '../../shared/cluster/connection/in-cluster.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { base64Fixture, connectTo, json, LIST, rejectionOf, startServer, type LocalServer } from './local-server.ts'

const TRUSTED = { 'certificate-authority-data': base64Fixture('authority.pem') }

describe('which proxy', () => {
  const cases: { server: string; env: Record<string, string>; proxyUrl?: string; expected: string | undefined }[] = [
    { server: 'https://api.example.com', env: {}, expected: undefined },
    { server: 'https://api.example.com', env: { HTTPS_PROXY: 'http://p:3128' }, expected: 'http://p:3128/' },
    { server: 'https://api.example.com', env: { https_proxy: 'http://p:3128' }, expected: 'http://p:3128/' },
    {
      server: 'https://api.example.com',
      env: { HTTPS_PROXY: 'http://a', https_proxy: 'http://b' },
      expected: 'http://a/',
    },
    { server: 'https://api.example.com', env: { HTTP_PROXY: 'http://p' }, expected: undefined },
    { server: 'http://api.example.com', env: { HTTP_PROXY: 'http://p' }, expected: 'http://p/' },
    { server: 'https://api.example.com', env: { HTTPS_PROXY: 'p:3128' }, expected: 'http://p:3128/' },
    { server: 'https://api.example.com', env: { HTTPS_PROXY: 'socks5://p' }, expected: 'socks5://p' },
    { server: 'https://127.0.0.1:6443', env: { HTTPS_PROXY: 'http://p' }, expected: undefined },
    { server: 'https://localhost:6443', env: { HTTPS_PROXY: 'http://p' }, expected: undefined },
    { server: 'https://[::1]:6443', env: { HTTPS_PROXY: 'http://p' }, expected: undefined },
    { server: 'https://127.0.0.1:6443', env: {}, proxyUrl: 'http://p', expected: 'http://p/' },
    {
      server: 'https://api.example.com',
      env: { HTTPS_PROXY: 'http://a' },
      proxyUrl: 'http://b',
      expected: 'http://b/',
    },
    { server: 'https://api.example.com', env: { NO_PROXY: '*' }, proxyUrl: 'http://b', expected: 'http://b/' },
  ]
  it.each(cases)('$server, $env, proxy-url $proxyUrl: $expected', ({ server, env, proxyUrl, expected }) => {
    expect(chooseProxy(new URL(server), { ...NO_CLUSTER, proxyUrl }, env)?.href).toBe(expected)
  })

  it.each([
    { noProxy: '*', server: 'https://api.example.com', isDirect: true },
    { noProxy: 'example.com', server: 'https://api.example.com', isDirect: true },
    { noProxy: 'example.com', server: 'https://example.com', isDirect: true },
    { noProxy: 'example.com', server: 'https://notexample.com', isDirect: false },
    { noProxy: '.example.com', server: 'https://api.example.com', isDirect: true },
    { noProxy: '.example.com', server: 'https://example.com', isDirect: false },
    { noProxy: '*.example.com', server: 'https://api.example.com', isDirect: true },
    { noProxy: 'a.com, EXAMPLE.com', server: 'https://api.example.com', isDirect: true },
    { noProxy: 'example.com:6443', server: 'https://api.example.com:6443', isDirect: true },
    { noProxy: 'example.com:443', server: 'https://api.example.com', isDirect: true },
    { noProxy: 'example.com:443', server: 'https://api.example.com:6443', isDirect: false },
    { noProxy: '10.0.0.0/8', server: 'https://10.1.2.3:6443', isDirect: true },
    { noProxy: '10.0.0.0/8', server: 'https://11.1.2.3:6443', isDirect: false },
    { noProxy: '10.1.2.3', server: 'https://10.1.2.3', isDirect: true },
    { noProxy: '10.1.2.3:6443', server: 'https://10.1.2.3:6443', isDirect: true },
    { noProxy: 'fd00::/8', server: 'https://[fd00::1]:6443', isDirect: true },
    { noProxy: 'fd00::1', server: 'https://[fd00::1]', isDirect: true },
    { noProxy: 'FD00:0:0::0001', server: 'https://[fd00::1]', isDirect: true },
    { noProxy: '[fd00:0::1]:6443', server: 'https://[fd00::1]:6443', isDirect: true },
    { noProxy: '[fd00::1]:6443', server: 'https://[fd00::1]', isDirect: false },
    { noProxy: '[fd00::1]', server: 'https://[fd00::1]', isDirect: false },
    { noProxy: '::ffff:10.1.2.3', server: 'https://10.1.2.3', isDirect: true },
    { noProxy: '10.0.0.0/8', server: 'https://[::ffff:10.1.2.3]', isDirect: true },
    { noProxy: '', server: 'https://[::ffff:127.0.0.1]', isDirect: true },
    { noProxy: '*example.com', server: 'https://api.example.com', isDirect: false },
    { noProxy: '*.example.com', server: 'https://example.com', isDirect: false },
    { noProxy: '..example.com', server: 'https://api.example.com', isDirect: false },
    { noProxy: '*.com:443', server: 'https://example.com', isDirect: true },
    { noProxy: ':443', server: 'https://example.com', isDirect: false },
    { noProxy: 'bücher.example', server: 'https://bücher.example', isDirect: true },
    { noProxy: 'a.com,*,b.com', server: 'https://example.com', isDirect: true },
    { noProxy: ' , ,, example.com ,', server: 'https://example.com', isDirect: true },
    { noProxy: ',', server: 'https://example.com', isDirect: false },
    { noProxy: 'example.com', server: 'https://API.Example.COM', isDirect: true },
    { noProxy: 'api.example.com', server: 'https://example.com', isDirect: false },
    { noProxy: '.example.com:6443', server: 'https://api.example.com:6443', isDirect: true },
    { noProxy: '.example.com:6443', server: 'https://api.example.com', isDirect: false },
    { noProxy: 'localhost', server: 'https://localhost.example.com', isDirect: false },
    { noProxy: '127.0.0.0/8', server: 'https://127.0.0.1.example.com', isDirect: false },
    { noProxy: '', server: 'https://127.8.8.8:6443', isDirect: true },
    { noProxy: '', server: 'https://[::2]:6443', isDirect: false },
    { noProxy: '10.0.0.0/30', server: 'https://10.0.0.3', isDirect: true },
    { noProxy: '10.0.0.0/30', server: 'https://10.0.0.4', isDirect: false },
    { noProxy: '10.9.9.9/8', server: 'https://10.1.2.3', isDirect: true },
    { noProxy: '0.0.0.0/0', server: 'https://10.1.2.3', isDirect: true },
    { noProxy: '0.0.0.0/0', server: 'https://api.example.com', isDirect: false },
    { noProxy: '10.1.2.3:80', server: 'https://10.1.2.3', isDirect: false },
    { noProxy: '10.1.2', server: 'https://10.1.2.3', isDirect: false },
    { noProxy: '2.3', server: 'https://10.1.2.3', isDirect: true },
    { noProxy: 'fd00:a::45/64', server: 'https://[fd00:a::123]', isDirect: true },
    { noProxy: 'fd00:a::45/64', server: 'https://[fd00:a:0:1::123]', isDirect: false },
    { noProxy: 'https://example.com', server: 'https://example.com', isDirect: false },
    { noProxy: 'a*.example.com', server: 'https://ab.example.com', isDirect: false },
    { noProxy: '10.0.0.0/99,x/y', server: 'https://10.1.2.3', isDirect: false },
    { noProxy: '', server: 'https://api.example.com', isDirect: false },
  ])('NO_PROXY=$noProxy, $server: direct $isDirect', ({ noProxy, server, isDirect }) => {
    const proxy = chooseProxy(new URL(server), undefined, { HTTPS_PROXY: 'http://p', no_proxy: noProxy })
    expect(proxy === undefined).toBe(isDirect)
  })

  it.each(['ftp://p', 'http://', 'not a url'])('%s is an error', async (proxyUrl) => {
    const connecting = connectTo({ server: 'https://x', ...TRUSTED, 'proxy-url': proxyUrl })
    await expect(connecting).rejects.toMatchObject({ kind: 'config' })
    await expect(connecting).rejects.toThrow(/^The proxy-url of the cluster "there" in .* is not a proxy URL/)
  })
})

interface Proxy extends LocalServer {
  readonly connects: IncomingMessage[]
}

/** A proxy that connects with whatever is asked for, or answers a CONNECT as told. */
async function startProxy(options: { tls?: string; refuse?: string; forward?: RequestListener } = {}): Promise<Proxy> {
  const connects: IncomingMessage[] = []
  const proxy = await startServer(
    options.forward ?? ((_request, response) => void response.writeHead(500).end()),
    options.tls ? { certificate: options.tls } : undefined,
  )
  proxy.server.on('connect', (request: IncomingMessage, client: Duplex) => {
    connects.push(request)
    client.on('error', () => {})
    if (options.refuse !== undefined) {
      client.end(options.refuse)
      return
    }
    const [host, port] = request.url!.split(':')
    joinStreams(client, connectTcp(Number(port), host), () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
  })
  return { ...proxy, connects }
}

function joinStreams(client: Duplex, upstream: Socket, onConnected: () => void): void {
  onTestFinished(() => {
    client.destroy()
    upstream.destroy()
  })
  upstream.on('error', () => client.destroy())
  upstream.once('connect', () => {
    onConnected()
    client.pipe(upstream)
    upstream.pipe(client)
  })
}

describe('an HTTPS server behind a proxy', () => {
  it.each([
    { name: 'spoken to in HTTP', tls: undefined },
    { name: 'spoken to in HTTPS', tls: 'server' },
  ])('$name', async ({ tls }) => {
    const proxy = await startProxy(tls ? { tls } : {})
    const { url, port, requests } = await startServer(json({ ok: true }), { certificate: 'server' })
    const client = await connectTo({ server: url, ...TRUSTED, 'proxy-url': proxy.url })
    await client.request(LIST)
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(proxy.connects.map((request) => request.url)).toEqual([`127.0.0.1:${port}`])
    expect(requests).toHaveLength(2)
  })

  it('is streamed from', async () => {
    const proxy = await startProxy()
    const { url } = await startServer((_request, response) => void response.end('one\n'), { certificate: 'server' })
    const client = await connectTo({ server: url, ...TRUSTED, 'proxy-url': proxy.url })
    const { chunks } = await client.stream(LIST)
    for await (const chunk of chunks) expect(chunk.toString()).toBe('one\n')
    expect(proxy.connects).toHaveLength(1)
  })

  it('that wants a user and password gets those of its URL', async () => {
    const proxy = await startProxy()
    const { url } = await startServer(json({}), { certificate: 'server' })
    const proxyUrl = proxy.url.replace('http://', 'http://jane:p%40ss@')
    await (await connectTo({ server: url, ...TRUSTED, 'proxy-url': proxyUrl })).request(LIST)
    expect(proxy.connects[0]!.headers['proxy-authorization']).toBe(`Basic ${btoa('jane:p@ss')}`)
  })

  it("is held to its own certificate, not the proxy's", async () => {
    const proxy = await startProxy()
    const { url } = await startServer(json({}), { certificate: 'server-elsewhere' })
    const client = await connectTo({ server: url, ...TRUSTED, 'proxy-url': proxy.url })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'certificate' })
  })

  it.each([
    {
      name: 'wants a password',
      refuse: 'HTTP/1.1 407 Authenticate\r\n\r\n',
      reason: 'it requires a user and password',
    },
    { name: 'refuses', refuse: 'HTTP/1.1 403 Forbidden\r\n\r\n', reason: 'it returned HTTP 403' },
    { name: 'hangs up', refuse: '', reason: 'socket hang up' },
  ])('cannot be reached if the proxy $name', async ({ refuse, reason }) => {
    const proxy = await startProxy({ refuse })
    const proxyUrl = proxy.url.replace('http://', 'http://jane:secret@')
    const client = await connectTo({ server: 'https://api.example.com', ...TRUSTED, 'proxy-url': proxyUrl })
    const error = await rejectionOf(client.request(LIST))
    expect(error).toMatchObject({
      kind: 'unreachable',
      message:
        `The proxy ${proxy.url} did not connect to https://api.example.com: ${reason}. ` +
        'Check proxy-url or HTTPS_PROXY.',
    })
  })

  it('cannot be reached if the proxy does not respond in time', async () => {
    const clock = new FakeClock()
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const proxyUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const client = await connectTo({ server: 'https://x', ...TRUSTED, 'proxy-url': proxyUrl }, {}, {}, { clock })
    const error = rejectionOf(client.request(LIST))
    await once(silent, 'connection')
    await clock.advance(30_000)
    expect(await error).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('timed out') as string })
  })

  it('is not waited for after the request is aborted', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const proxyUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const client = await connectTo({ server: 'https://x', ...TRUSTED, 'proxy-url': proxyUrl })
    const abort = new AbortController()
    const rejection = rejectionOf(client.request({ ...LIST, signal: abort.signal }))
    await once(silent, 'connection')
    abort.abort('enough')
    expect(await rejection).toBe('enough')
  })
})

it('a plain HTTP server behind a proxy is asked for by its whole URL', async () => {
  const api = await startServer(json({ ok: true }))
  const proxy = await startProxy({
    forward: (request, response) => {
      const onward = requestHttp(request.url!, { headers: request.headers }, (answer) => answer.pipe(response))
      onward.end()
    },
  })
  const client = await connectTo({ server: api.url, 'proxy-url': proxy.url.replace('http://', 'http://jane:x@') })
  expect(await client.request(LIST)).toEqual({ ok: true })
  expect(proxy.requests[0]!.url).toBe(`${api.url}${LIST.path}`)
  expect(proxy.requests[0]!.headers).toMatchObject({
    host: new URL(api.url).host,
    'proxy-authorization': `Basic ${btoa('jane:x')}`,
  })
})

describe('packed answers', () => {
  const WATCH = { ...LIST, query: { watch: true } }
  it.each([
    { name: 'are asked for from afar', cluster: {}, request: LIST, expected: 'gzip' },
    { name: 'are not asked for where the kubeconfig says so', cluster: { 'disable-compression': true }, request: LIST },
    { name: 'are not asked for of a watch', cluster: {}, request: WATCH },
    { name: 'are not asked for of a write', cluster: {}, request: { ...LIST, method: 'PUT', body: {} } as const },
  ])('$name', async ({ cluster, request, expected }) => {
    const proxy = await startProxy({ forward: json({}) })
    const client = await connectTo({ server: 'http://api.example.com', 'proxy-url': proxy.url, ...cluster })
    await client.request(request)
    expect(proxy.requests[0]!.headers['accept-encoding']).toBe(expected)
  })

  it('are not asked for on this machine, where they cost more than they save', async () => {
    const { url, requests } = await startServer(json({}))
    await (await connectTo({ server: url })).request(LIST)
    expect(requests[0]!.headers['accept-encoding']).toBeUndefined()
  })
})

describe('a server behind SOCKS', () => {
  /** RFC 1928, as far as a client of IPv4 without a password needs it. */
  async function startSocks(): Promise<{ url: string; targets: string[] }> {
    const targets: string[] = []
    const server = createServer((client) => {
      client.on('error', () => {})
      client.once('data', () => {
        client.write(Buffer.from([5, 0]))
        client.once('data', (request: Buffer) => {
          const host = [...request.subarray(4, 8)].join('.')
          const port = request.readUInt16BE(8)
          targets.push(`${host}:${port}`)
          const upstream = connectTcp(port, host)
          upstream.on('error', () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])))
          joinStreams(client, upstream, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])))
        })
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { url: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`, targets }
  }

  it.each(['https', 'http'])('is reached: %s', async (scheme) => {
    const socks = await startSocks()
    const { url, port } = await startServer(
      json({ ok: true }),
      scheme === 'https' ? { certificate: 'server' } : undefined,
    )
    const client = await connectTo({ server: url, ...TRUSTED, 'proxy-url': socks.url })
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(socks.targets).toEqual([`127.0.0.1:${port}`])
  })

  it('is not reached if there is no proxy', async () => {
    const client = await connectTo({ server: 'https://10.0.0.1', ...TRUSTED, 'proxy-url': 'socks5://127.0.0.1:1' })
    const error = await rejectionOf(client.request(LIST))
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('The proxy socks5://127.0.0.1:1') as string,
    })
  })
})
