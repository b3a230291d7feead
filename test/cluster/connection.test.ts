import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { json as readJson } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import {
  base64Fixture,
  connectTo,
  failure,
  fixture,
  json,
  LIST,
  peerOf,
  rejectionOf,
  startApi,
  startServer,
} from './local-server.ts'

const TRUSTED = { 'certificate-authority-data': base64Fixture('authority.pem') }

describe('a request', () => {
  it('is answered with the parsed body', async () => {
    const { url } = await startServer(json({ items: [1] }), { certificate: 'server' })
    const client = await connectTo({ server: url, ...TRUSTED })
    expect(await client.request(LIST)).toEqual({ items: [1] })
  })

  it('has path, query, Accept and User-Agent', async () => {
    const { url, requests } = await startServer(json({}))
    const client = await connectTo({ server: url })
    await client.request({ ...LIST, query: { limit: 500, watch: undefined, labelSelector: 'a=b,c', cached: true } })
    expect(requests[0]!.url).toBe(`${LIST.path}?limit=500&labelSelector=a%3Db%2Cc&cached=true`)
    expect(requests[0]!.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'kubectl-leader/1.2.3' })
  })

  it('keeps the path of the server URL', async () => {
    const { url, requests } = await startServer(json({}))
    const client = await connectTo({ server: `${url}/k8s/clusters/c-1/` })
    await client.request(LIST)
    expect(requests[0]!.url).toBe(`/k8s/clusters/c-1${LIST.path}`)
    expect(client.server).toBe(`${url}/k8s/clusters/c-1`)
  })

  it('carries a body in its own content type', async () => {
    const { url, requests } = await startServer((request, response) => {
      response.setHeader('Content-Type', 'application/json')
      request.pipe(response)
    })
    const client = await connectTo({ server: url })
    const contentType = 'application/merge-patch+json'
    const patch = { ...LIST, method: 'PATCH', body: { name: 'ü' }, contentType } as const
    expect(await client.request(patch)).toEqual({ name: 'ü' })
    expect(requests[0]!.headers['content-type']).toBe(contentType)
  })

  it.each(['gzip', 'GZIP'])('is unpacked when the answer comes packed: %s', async (encoding) => {
    const { url } = await startServer((_request, response) => {
      response.setHeader('Content-Encoding', encoding)
      response.end(gzipSync('{"packed":true}'))
    })
    expect(await (await connectTo({ server: url })).request(LIST)).toEqual({ packed: true })
  })

  it('is sent again when the server closes an idle connection just then', async () => {
    const { url, server, requests } = await startServer(json({}))
    const client = await connectTo({ server: url })
    await client.request(LIST)
    server.closeAllConnections()
    await client.request(LIST)
    expect(requests).toHaveLength(2)
  })

  it('uses its connection again', async () => {
    const { url, requests } = await startServer(json({}), { certificate: 'server' })
    const client = await connectTo({ server: url, ...TRUSTED })
    for (let index = 0; index < 3; index++) await client.request(LIST)
    expect(new Set(requests.map(({ socket }) => socket.remotePort)).size).toBe(1)
  })
})

describe('the identity of the client', () => {
  const cases: { name: string; user: object; settings?: object; headers: Record<string, string | undefined> }[] = [
    { name: 'nobody', user: {}, headers: { authorization: undefined } },
    { name: 'a token', user: { token: 'abc' }, headers: { authorization: 'Bearer abc' } },
    {
      name: 'a user name and password',
      user: { username: 'jane', password: 'pass:word' },
      headers: { authorization: `Basic ${btoa('jane:pass:word')}` },
    },
    {
      name: '--token, before all else',
      user: { username: 'jane', password: 'x' },
      settings: { token: 'typed' },
      headers: { authorization: 'Bearer typed' },
    },
    {
      name: 'someone else by the kubeconfig',
      user: { as: 'bob', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { 'acme.com/Scopes': ['x', 'y'] } },
      headers: {
        'impersonate-user': 'bob',
        'impersonate-uid': '7',
        'impersonate-group': 'a, b',
        'impersonate-extra-acme.com%2fscopes': 'x, y',
      },
    },
    {
      name: 'someone else by flags',
      user: { as: 'bob' },
      settings: { as: 'jörg', asGroups: ['dev', 'ops'], asUid: '9', asUserExtra: { 'a/(b)': ['x=1', 'y'] } },
      headers: {
        'impersonate-extra-a%2f%28b%29': 'x=1, y',
        'impersonate-user': Buffer.from('jörg').toString('latin1'),
        'impersonate-group': 'dev, ops',
        'impersonate-uid': '9',
      },
    },
    {
      name: 'someone else by the kubeconfig, with extra fields by flags',
      user: { as: 'bob', 'as-user-extra': { reason: ['a'], scopes: ['b'] } },
      settings: { asUserExtra: { scopes: ['c'] } },
      headers: { 'impersonate-extra-reason': 'a', 'impersonate-extra-scopes': 'c' },
    },
  ]
  it.each(cases)('$name', async ({ user, settings, headers }) => {
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user, settings)
    await client.request(LIST)
    for (const [name, value] of Object.entries(headers)) expect(requests[0]!.headers[name]).toBe(value)
  })

  it.each([
    { name: 'both', userInfo: 'jane:p%40ss', sent: 'jane:p@ss' },
    { name: 'a user alone', userInfo: 'jane', sent: 'jane:' },
  ])('who stands in the URL, before all else: $name', async ({ userInfo, sent }) => {
    const { cluster, requests } = await startApi(json({}))
    const server = cluster.server.replace('https://', `https://${userInfo}@`)
    const client = await connectTo({ ...cluster, server }, { token: 'abc' })
    await client.request(LIST)
    expect(requests[0]!.headers.authorization).toBe(`Basic ${btoa(sent)}`)
    expect(client.server).toBe(cluster.server)
  })

  it('a client certificate', async () => {
    const { url, requests } = await startServer(
      (request, response) => {
        const { subject } = peerOf(request)
        json({ name: subject.CN })(request, response)
      },
      { certificate: 'server', requestCert: true, ca: [Buffer.from(base64Fixture('authority.pem'), 'base64')] },
    )
    const client = await connectTo(
      { server: url, ...TRUSTED },
      { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client.key') },
    )
    expect(await client.request(LIST)).toEqual({ name: 'jane' })
    expect(requests).toHaveLength(1)
  })
})

describe('TLS', () => {
  it.each([
    { name: 'an authority from a file', cluster: { 'certificate-authority': fixture('authority.pem') } },
    { name: 'no verification', cluster: { 'insecure-skip-tls-verify': true } },
    { name: '--insecure-skip-tls-verify', cluster: {}, settings: { insecureSkipTlsVerify: true } },
    { name: '--certificate-authority', cluster: {}, settings: { certificateAuthority: fixture('authority.pem') } },
  ])('$name', async ({ cluster, settings }) => {
    const { url } = await startServer(json({ ok: true }), { certificate: 'server' })
    const client = await connectTo({ server: url, ...cluster }, {}, settings)
    expect(await client.request(LIST)).toEqual({ ok: true })
  })

  it.each([
    { name: 'an intermediate authority', authority: 'intermediate', certificate: 'server-below-intermediate' },
    { name: "the server's own certificate", authority: 'server', certificate: 'server' },
  ])('$name as the authority, as for Go', async ({ authority, certificate }) => {
    const { url } = await startServer(json({ ok: true }), { certificate })
    const client = await connectTo({ server: url, 'certificate-authority': fixture(`${authority}.pem`) })
    expect(await client.request(LIST)).toEqual({ ok: true })
  })

  it('expects and sends the name of tls-server-name', async () => {
    let servername: string | undefined
    const { url } = await startServer(json({ ok: true }), {
      certificate: 'server-elsewhere',
      SNICallback: (name, done) => {
        servername = name
        done(null)
      },
    })
    const client = await connectTo({ server: url, ...TRUSTED, 'tls-server-name': 'api.example.com' })
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(servername).toBe('api.example.com')
  })

  it('expects an address of tls-server-name', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const { url } = await startServer(json({ ok: true }), { certificate: 'server' })
    const server = url.replace('127.0.0.1', 'localhost')
    const right = await connectTo({ server, ...TRUSTED, 'tls-server-name': '127.0.0.1' })
    expect(await right.request(LIST)).toEqual({ ok: true })
    const wrong = await connectTo({ server, ...TRUSTED, 'tls-server-name': '10.0.0.1' })
    expect(await rejectionOf(wrong.request(LIST))).toMatchObject({ kind: 'certificate' })
    expect(warnings).toEqual([])
  })
})

it('passes on what the server warns of in answer to a write, each warning once', async () => {
  const said = ['299 - "one, \\"quoted\\""', '299 - "two"', '110 - "not for people"']
  const { url } = await startServer((request, response) => json({})(request, response.setHeader('Warning', said)))
  const warnings: string[] = []
  const client = await connectTo({ server: url }, {}, {}, { onWarning: (text) => warnings.push(text) })
  await client.request(LIST)
  expect(warnings).toEqual([])
  await client.request({ ...LIST, method: 'PUT', body: {} })
  await client.request({ ...LIST, method: 'PUT', body: {} })
  expect(warnings).toEqual(['one, "quoted"', 'two'])
})

describe('a server that asks to come back later', () => {
  it.each([
    { name: 'in seconds', header: '7', waitMs: 7_000 },
    { name: 'at a date', header: new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString(), waitMs: 9_000 },
  ])('is asked again, told $name', async ({ header, waitMs }) => {
    const clock = new FakeClock()
    let hasRefused = false
    const { url, requests } = await startServer((request, response) => {
      const answer = hasRefused
        ? json({ done: true })
        : failure(429, 'TooManyRequests', 'later', { 'Retry-After': header })
      hasRefused = true
      answer(request, response)
    })
    const client = await connectTo({ server: url }, {}, {}, { clock })
    const answer = client.request(LIST)
    // One sleep is the guard of the connection being made; the one that stays is the wait.
    await expect.poll(() => requests.length === 1 && clock.sleeping === 1 && requests[0]!.complete).toBe(true)
    await clock.advance(waitMs - 1)
    expect(requests).toHaveLength(1)
    await clock.advance(1)
    expect(await answer).toEqual({ done: true })
  })

  it.each([
    { name: 'a watch', request: { ...LIST, query: { watch: true } } },
    { name: 'what can wait less than it asks for', request: { ...LIST, timeoutMs: 6_000 } },
  ])('is not for $name', async ({ request }) => {
    const { url, requests } = await startServer(failure(429, 'TooManyRequests', 'later', { 'Retry-After': '7' }))
    const client = await connectTo({ server: url }, {}, {}, { clock: new FakeClock() })
    expect(await rejectionOf(client.request(request))).toMatchObject({ kind: 'tooManyRequests', retryAfterMs: 7_000 })
    expect(requests).toHaveLength(1)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('gets a %s again, which 429 says was not processed', async (method) => {
    let count = 0
    const { url } = await startServer((request, response) => {
      const answer = ++count < 3 ? failure(429, 'TooManyRequests', 'later', { 'Retry-After': '0' }) : json({ count })
      answer(request, response)
    })
    const client = await connectTo({ server: url })
    expect(await client.request({ ...LIST, method, body: {} })).toEqual({ count: 3 })
  })

  it('does not get a write again after 503, which may have been processed', async () => {
    const { url, requests } = await startServer(failure(503, 'ServiceUnavailable', 'later', { 'Retry-After': '0' }))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.request({ ...LIST, method: 'PUT', body: {} }))).toMatchObject({ status: 503 })
    expect(requests).toHaveLength(1)
  })

  it('ends after the last retry', async () => {
    const { url, requests } = await startServer(failure(503, 'ServiceUnavailable', 'later', { 'Retry-After': '0' }))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'server', status: 503 })
    expect(requests).toHaveLength(11)
  })
})

describe('a connection that breaks before an answer', () => {
  const cut: RequestListener = (_request, response) => void response.destroy()
  const cutOnce = (): RequestListener => {
    let hasCut = false
    return (request, response) => {
      const answer = hasCut ? json({ done: true }) : cut
      hasCut = true
      answer(request, response)
    }
  }

  it('has a GET sent again after a second', async () => {
    const clock = new FakeClock()
    const { url, requests } = await startServer(cutOnce())
    const client = await connectTo({ server: url }, {}, {}, { clock })
    const answer = client.request(LIST)
    await expect.poll(() => requests.length === 1 && requests[0]!.destroyed && clock.sleeping === 1).toBe(true)
    await clock.advance(999)
    expect(requests).toHaveLength(1)
    await clock.advance(1)
    expect(await answer).toEqual({ done: true })
  })

  it('has a stream opened again', async () => {
    const { url } = await startServer(cutOnce())
    const { chunks } = await (await connectTo({ server: url })).stream(LIST)
    expect(await readJson(Readable.from(chunks))).toEqual({ done: true })
  })

  it('is made again where it broke before it was secure', async () => {
    const { url, server, requests } = await startServer(json({ done: true }), { certificate: 'server' })
    let connections = 0
    server.on('connection', () => (connections += 1))
    server.once('connection', (socket) => socket.destroy())
    expect(await (await connectTo({ server: url, ...TRUSTED })).request(LIST)).toEqual({ done: true })
    expect([connections, requests.length]).toEqual([2, 1])
  })

  it('ends after ten retries', async () => {
    const clock = new FakeClock()
    const { url, requests } = await startServer(cut)
    const client = await connectTo({ server: url }, {}, {}, { clock })
    const failed = rejectionOf(client.request(LIST))
    for (let count = 1; count <= 10; count++) {
      await expect.poll(() => requests.length === count && requests.at(-1)!.destroyed && clock.sleeping === 1).toBe(true)
      await clock.advance(1_000)
    }
    expect(await failed).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('closed the connection') })
    expect(requests).toHaveLength(11)
  })

  it.each<{ name: string; request: ApiRequest }>([
    { name: 'a write', request: { ...LIST, method: 'PUT', body: {} } },
    { name: 'a watch', request: { ...LIST, query: { watch: true } } },
    { name: 'a log that is followed', request: { ...LIST, query: { follow: true } } },
    { name: 'who tries again itself', request: { ...LIST, onCut: 'fail' } },
    { name: 'what can wait for less than a second', request: { ...LIST, timeoutMs: 1_000 } },
  ])('fails at once for $name', async ({ request }) => {
    const { url, requests } = await startServer(cut)
    const client = await connectTo({ server: url }, {}, {}, { clock: new FakeClock() })
    expect(await rejectionOf(client.request(request))).toMatchObject({ kind: 'unreachable' })
    expect(requests).toHaveLength(1)
  })

  it('fails at once in the middle of an answer', async () => {
    const { url, requests } = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{', () => response.destroy())
    })
    const client = await connectTo({ server: url }, {}, {}, { clock: new FakeClock() })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'unreachable' })
    expect(requests).toHaveLength(1)
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 307): RequestListener => (_request, response) =>
    void response.writeHead(status, { Location: location }).end()

  it.each([301, 302, 303, 307, 308])('of a read within the server is followed, with its headers: %s', async (status) => {
    const { cluster, requests } = await startApi((request, response) => {
      const answer = request.url!.startsWith('/moved') ? json({ ok: true }) : to(`/moved${request.url}`, status)
      answer(request, response)
    })
    const client = await connectTo(cluster, { token: 'abc' })
    expect(await client.request({ ...LIST, query: { limit: 1 } })).toEqual({ ok: true })
    expect(requests[1]!.url).toBe(`/moved${LIST.path}?limit=1`)
    expect(requests[1]!.headers.authorization).toBe('Bearer abc')
    await (await client.stream({ ...LIST, query: { watch: true } })).chunks[Symbol.asyncIterator]().next()
    expect(requests).toHaveLength(4)
  })

  it('to another server gets nothing', async () => {
    const other = await startApi(json({ ok: true }))
    const { cluster } = await startApi(to(`${other.url}/x`))
    const client = await connectTo(cluster, { token: 'abc' })
    const error = await rejectionOf(client.request(LIST))
    expect(error).toMatchObject({ kind: 'protocol', message: expect.stringContaining(other.url) as string })
    expect(other.requests).toHaveLength(0)
  })

  it('of a write is not followed', async () => {
    const { url, requests } = await startServer(to('/moved'))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.request({ ...LIST, method: 'PUT', body: {} }))).toMatchObject({ kind: 'protocol' })
    expect(requests).toHaveLength(1)
  })

  it('without end stops after ten requests', async () => {
    const { url, requests } = await startServer(to('/again'))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'protocol' })
    expect(requests).toHaveLength(10)
  })
})

describe('a request that gets no answer', () => {
  it.each(['request', 'stream'] as const)('times out: %s', async (how) => {
    const { url } = await startServer(() => {})
    const client = await connectTo({ server: url }, {}, { requestTimeoutMs: 50 })
    const error = await rejectionOf(client[how](LIST))
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining(url) as string })
  })

  it('times out where its body drips, if that is to end by itself', async () => {
    const clock = new FakeClock()
    const { url } = await startServer((_request, response) => void response.write('{'))
    const client = await connectTo({ server: url }, {}, { requestTimeoutMs: 2_000 }, { clock })
    const read = async (query: object): Promise<void> => {
      const { chunks } = await client.stream({ ...LIST, query: { ...query } })
      for await (const _chunk of chunks) await clock.advance(1_000)
    }
    // Each byte moves the clock on; a watch is read for as long as it comes.
    const listing = rejectionOf(read({}))
    await expect.poll(() => clock.advance(500).then(() => clock.monotonicMs() > 3_000)).toBe(true)
    expect(await listing).toMatchObject({ kind: 'timeout', message: expect.stringContaining('within 2s') as string })
    const watch = await client.stream({ ...LIST, query: { watch: true } })
    await clock.advance(60_000)
    expect((await watch.chunks[Symbol.asyncIterator]().next()).done).toBe(false)
    watch.close()
  })

  it('times out while its body comes', async () => {
    const { url } = await startServer((_request, response) => void response.write('{'))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.request({ ...LIST, timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' })
  })

  it('times out where TLS is not made', async () => {
    const clock = new FakeClock()
    const silent = createTcpServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const client = await connectTo(
      { server: `https://127.0.0.1:${(silent.address() as AddressInfo).port}`, ...TRUSTED },
      {},
      {},
      { clock },
    )
    const error = rejectionOf(client.request(LIST))
    await once(silent, 'connection')
    await expect.poll(() => clock.sleeping).toBe(1)
    await clock.advance(30_000)
    expect(await error).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('timed out') as string })
  })
})

describe('an aborted signal', () => {
  it.each([
    { name: 'before the request', how: 'request', isAnswering: false, isEarly: true },
    { name: 'while waiting for an answer', how: 'request', isAnswering: false },
    { name: 'while waiting for the head of a stream', how: 'stream', isAnswering: false },
    { name: 'while the body comes', how: 'request', isAnswering: true },
  ] as const)('rejects with its reason, and closes the connection: $name', async ({ how, isAnswering, ...rest }) => {
    const { url, requests } = await startServer((_request, response) => {
      if (isAnswering) response.write('{')
    })
    const client = await connectTo({ server: url })
    const abort = new AbortController()
    const reason = new Error('enough')
    if ('isEarly' in rest) abort.abort(reason)
    const rejection = rejectionOf(client[how]({ ...LIST, signal: abort.signal }))
    if (!('isEarly' in rest)) {
      await expect.poll(() => requests.length).toBe(1)
      abort.abort(reason)
      await once(requests[0]!.socket, 'close')
    }
    expect(await rejection).toBe(reason)
  })

  it('is let go of when a request has ended', async () => {
    const { url } = await startServer(json({}))
    const client = await connectTo({ server: url })
    const { signal, listeners } = countedSignal()
    for (let index = 0; index < 3; index++) {
      await client.request({ ...LIST, signal })
      const { chunks } = await client.stream({ ...LIST, signal })
      for await (const chunk of chunks) expect(chunk.toString()).toBe('{}')
    }
    await expect.poll(listeners).toBe(0)
  })
})

describe('many requests at once', () => {
  it('are sent over a limited number of connections, which streams do not count against', async () => {
    let most = 0
    let open = 0
    const { url } = await startServer((request, response) => {
      if (request.url!.includes('watch')) {
        response.write('{}\n')
        return
      }
      most = Math.max(most, ++open)
      setImmediate(() => {
        open -= 1
        json({})(request, response)
      })
    })
    const client = await connectTo({ server: url })
    const streams = await Promise.all(
      Array.from({ length: 30 }, () => client.stream({ ...LIST, query: { watch: true } })),
    )
    await Promise.all(Array.from({ length: 100 }, () => client.request(LIST)))
    expect(most).toBeLessThanOrEqual(16)
    for (const stream of streams) stream.close()
  })
})

/** A signal that counts who listens to it. */
function countedSignal(): { signal: AbortSignal; listeners: () => number } {
  const { signal } = new AbortController()
  let count = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count -= 1
    remove(...args)
  }
  return { signal, listeners: () => count }
}
