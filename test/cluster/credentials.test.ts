import { createPrivateKey, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorText } from '../../kubectl-plugin/output/advice.ts'
import { IssuedCredentials, type IssuedCredential } from '../../shared/cluster/connection/credentials.ts'
import { SharedRun } from '../../shared/cluster/list-watch/shared-run.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import {
  connectTo,
  failure,
  fixture,
  folderWith,
  json,
  LIST,
  peerOf,
  readFixture,
  rejectionOf,
  startApi,
  startServer,
} from './local-server.ts'

const { signal } = new AbortController()

describe('a token file', () => {
  async function serverThatTakes(tokens: () => string) {
    return startApi((request, response) => {
      const isRight = request.headers.authorization === `Bearer ${tokens()}`
      const answer = isRight ? json({ ok: true }) : failure(401, 'Unauthorized', 'Unauthorized')
      answer(request, response)
    })
  }

  it('is read again after a minute, and not before', async () => {
    const clock = new FakeClock()
    const folder = await folderWith({ token: 'one\n' })
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, { tokenFile: join(folder, 'token') }, {}, { clock })
    await client.request(LIST)
    await writeFile(join(folder, 'token'), 'two\n')
    await clock.advance(59_999)
    await client.request(LIST)
    await clock.advance(1)
    await client.request(LIST)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer one', 'Bearer two'])
  })

  it('is read again at once when the server refuses the token', async () => {
    let right = 'one'
    const folder = await folderWith({ token: 'one' })
    const { cluster, requests } = await serverThatTakes(() => right)
    const client = await connectTo(cluster, { tokenFile: join(folder, 'token') })
    await client.request(LIST)
    right = 'two'
    await writeFile(join(folder, 'token'), 'two')
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(requests).toHaveLength(3)
  })

  it('that has not changed is not a reason to ask again', async () => {
    const folder = await folderWith({ token: 'one' })
    const { cluster, requests } = await serverThatTakes(() => 'two')
    const client = await connectTo(cluster, { tokenFile: join(folder, 'token') })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'unauthorized', status: 401 })
    expect(requests).toHaveLength(1)
  })

  it('goes before the token beside it, which serves while the file is missing', async () => {
    const folder = await folderWith()
    const clock = new FakeClock()
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(
      cluster,
      { token: 'inline', tokenFile: join(folder, 'token') },
      {},
      { clock },
    )
    await client.request(LIST)
    await writeFile(join(folder, 'token'), 'file')
    await clock.advance(60_000)
    await client.request(LIST)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer inline', 'Bearer file'])
  })

  it.each([
    { name: 'missing', files: {}, message: /token file .*\/token can't be read: there is no such file/ },
    { name: 'empty', files: { token: '\n' }, message: /token file .*\/token is empty/ },
  ])('that is $name is an error', async ({ files, message }) => {
    const folder = await folderWith(files)
    const connecting = connectTo({ server: 'https://127.0.0.1:1' }, { tokenFile: join(folder, 'token') })
    await expect(connecting).rejects.toThrow(message)
  })
})

describe('a client certificate from files', () => {
  it('is taken up when it has been renewed', async () => {
    const clock = new FakeClock()
    const folder = await folderWith({
      'c.pem': readFixture('client-expired.pem').toString(),
      'c.key': readFixture('client-expired.key').toString(),
    })
    const { url, requests } = await startServer(
      (request, response) => {
        const { serialNumber } = peerOf(request)
        json({ serialNumber })(request, response)
      },
      { certificate: 'server', requestCert: true, rejectUnauthorized: false },
    )
    const user = { 'client-certificate': join(folder, 'c.pem'), 'client-key': join(folder, 'c.key') }
    const client = await connectTo({ server: url, 'insecure-skip-tls-verify': true }, user, {}, { clock })
    const before = await client.request(LIST)
    await writeFile(join(folder, 'c.pem'), readFixture('client.pem'))
    await writeFile(join(folder, 'c.key'), readFixture('client.key'))
    await clock.advance(60_000)
    const after = await client.request(LIST)
    expect(after).not.toEqual(before)
    expect(requests).toHaveLength(2)
  })
})

describe('a user that cannot be used', () => {
  const SERVER = { server: 'https://127.0.0.1:1', 'certificate-authority': fixture('authority.pem') }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  it.each([
    { name: 'a token and a password', user: { token: 't', username: 'u' }, message: /both a token and a user name/ },
    {
      name: 'exec and auth-provider',
      user: { exec: { command: 'x' }, 'auth-provider': { name: 'oidc' } },
      message: /both exec and auth-provider/,
    },
    {
      name: 'a certificate without a key',
      user: { 'client-certificate': 'c.pem' },
      message: /client-key or client-key-data is missing/,
    },
    {
      name: 'a certificate as file and as data',
      user: { 'client-certificate': fixture('client.pem'), 'client-certificate-data': base64('x'), 'client-key': 'k' },
      message: /The entry "jane" in .* has both client-certificate and client-certificate-data\. Remove one of them\./,
    },
    {
      name: 'a key as file and as data',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': 'k', 'client-key-data': base64('x') },
      message: /has both client-key and client-key-data/,
    },
    { name: 'groups without a user', user: { 'as-groups': ['g'] }, message: /without a user\. To impersonate a user, pass --as\.$/ },
    {
      name: 'an auth-provider of old',
      user: { 'auth-provider': { name: 'gcp' } },
      message: /"gcp" is no longer supported/,
    },
    {
      name: 'a certificate that is missing',
      user: { 'client-certificate': '/nonexistent/c.pem', 'client-key': '/nonexistent/c.key' },
      message:
        "The client certificate /nonexistent/c.pem can't be read: there is no such file. " +
        'Correct the path in the kubeconfig, or the file.',
    },
    {
      name: 'a key that is missing',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': '/nonexistent/c.key' },
      message: /client key \/nonexistent\/c\.key can't be read/,
    },
    {
      name: 'a certificate that is none',
      user: { 'client-certificate-data': base64('hello'), 'client-key-data': base64('hello') },
      message: /client certificate of the user "jane" is not a PEM certificate/,
    },
    {
      name: 'a key that is none',
      user: { 'client-certificate': fixture('client.pem'), 'client-key-data': base64('hello') },
      message: /The key of the client certificate .* is not in PEM format/,
    },
    {
      name: 'a key in DER',
      user: {
        'client-certificate': fixture('client.pem'),
        'client-key-data': createPrivateKey(readFixture('client.key')).export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      },
      message: /The key of the client certificate .* is not in PEM format/,
    },
    {
      name: 'a certificate in DER',
      user: {
        'client-certificate-data': new X509Certificate(readFixture('client.pem')).raw.toString('base64'),
        'client-key': fixture('client.key'),
      },
      message: /client certificate of the user "jane" is in DER format, and must be PEM/,
    },
    {
      name: 'a key that is cut off',
      user: { 'client-certificate': fixture('client.pem'), 'client-key-data': base64('-----BEGIN PRIVATE KEY-----\n') },
      message: /The key of the client certificate .* can't be read/,
    },
    {
      name: 'an encrypted key',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client-encrypted.key') },
      message: /The key of the client certificate .* is encrypted\. Use a key without a passphrase/,
    },
    {
      name: 'an encrypted key as OpenSSL wrote it once',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client-encrypted-traditional.key') },
      message: /The key of the client certificate .* is encrypted/,
    },
    {
      name: 'a key of another kind',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client-rsa.key') },
      message: /belongs to another certificate/,
    },
    {
      name: 'a key of another certificate',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client-other.key') },
      message: /belongs to another certificate/,
    },
  ])('has $name', async ({ user, message }) => {
    await expect(connectTo(SERVER, user)).rejects.toMatchObject({ kind: 'config' })
    const text = errorText(await rejectionOf(connectTo(SERVER, user)))
    if (typeof message === 'string') expect(text).toContain(message)
    else expect(text).toMatch(message)
  })

  it.each([
    {
      name: 'missing',
      cluster: { 'certificate-authority': '/nonexistent/ca.pem' },
      message: /certificate authority \/nonexistent\/ca\.pem can't be read/,
    },
    {
      name: 'none',
      cluster: { 'certificate-authority-data': base64('hello') },
      message: /of the cluster "there" is not a PEM certificate/,
    },
    {
      name: 'given as file and as data',
      cluster: { 'certificate-authority': fixture('authority.pem'), 'certificate-authority-data': base64('x') },
      message: /The entry "there" in .* has both certificate-authority and certificate-authority-data/,
    },
    {
      name: 'in DER',
      cluster: { 'certificate-authority-data': new X509Certificate(readFixture('authority.pem')).raw.toString('base64') },
      message: /certificate authority of the cluster "there" is in DER format, and must be PEM/,
    },
    {
      name: 'given, and to be ignored',
      cluster: { 'certificate-authority': fixture('authority.pem'), 'insecure-skip-tls-verify': true },
      message: /both insecure-skip-tls-verify and a certificate authority/,
    },
  ])('nor a cluster whose authority is $name', async ({ cluster, message }) => {
    await expect(connectTo({ server: 'https://127.0.0.1:1', ...cluster })).rejects.toThrow(message)
  })
})

describe('over plain HTTP', () => {
  const EXEC = { command: 'never-run', apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' }
  const OIDC = { name: 'oidc', config: { 'idp-issuer-url': 'https://127.0.0.1:1', 'client-id': 'c', 'refresh-token': 'r' } }
  it.each([
    { name: 'a token', user: { token: 'secret' } },
    { name: 'a token file', user: { tokenFile: '/nonexistent/token' } },
    { name: 'a password', user: { username: 'jane', password: 'secret' } },
    { name: 'a plugin', user: { exec: EXEC } },
    { name: 'an auth-provider', user: { 'auth-provider': OIDC } },
    {
      name: 'a client certificate',
      user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client.key') },
    },
    { name: '--token', user: {}, settings: { token: 'secret' } },
  ])('$name stays here, and that is said once', async ({ user, settings }) => {
    const { url, requests } = await startServer(json({ ok: true }))
    const warnings: string[] = []
    const onWarning = (text: string): void => void warnings.push(text)
    const client = await connectTo({ server: url }, user, settings, { onWarning })
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
    expect(warnings).toEqual([
      `${url} is not encrypted, so the credentials of the user "jane" are not sent, as with kubectl. ` +
        'Use https:// if the server supports it.',
    ])
  })

  it('so does the user in the URL', async () => {
    const { url, port, requests } = await startServer(json({ ok: true }))
    const warnings: string[] = []
    const client = await connectTo({ server: `http://jane:secret@127.0.0.1:${port}` }, {}, {}, {
      onWarning: (text) => void warnings.push(text),
    })
    await client.request(LIST)
    expect(requests[0]!.headers.authorization).toBeUndefined()
    expect(warnings).toEqual([
      `${url} is not encrypted, so the credentials in its URL are not sent. kubectl sends them. Use https:// if the server supports it.`,
    ])
  })

  it('nothing is said if there is nothing to send', async () => {
    const { url } = await startServer(json({ ok: true }))
    const warnings: string[] = []
    await connectTo({ server: url }, { as: 'bob' }, {}, { onWarning: (text) => void warnings.push(text) })
    expect(warnings).toEqual([])
  })
})

describe('issued credentials', () => {
  function issuing(clock: FakeClock, lifetimeMs?: number) {
    let count = 0
    const credentials = new IssuedCredentials(clock, async () => {
      count += 1
      await Promise.resolve()
      const expiresAtMs = lifetimeMs === undefined ? undefined : clock.wallMs() + lifetimeMs
      return { credential: { authorization: `Bearer ${count}` }, expiresAtMs }
    })
    return { credentials, issued: () => count }
  }

  it('are used until they end', async () => {
    const clock = new FakeClock()
    const { credentials, issued } = issuing(clock, 10_000)
    await credentials.current(signal)
    await clock.advance(9_999)
    expect(await credentials.current(signal)).toEqual({ authorization: 'Bearer 1' })
    await clock.advance(1)
    expect(await credentials.current(signal)).toEqual({ authorization: 'Bearer 2' })
    expect(issued()).toBe(2)
  })

  it('that never end are used for ever', async () => {
    const clock = new FakeClock()
    const { credentials, issued } = issuing(clock)
    await credentials.current(signal)
    await clock.advance(10 ** 9)
    await credentials.current(signal)
    expect(issued()).toBe(1)
  })

  it('are issued once for all callers that ask at the same moment', async () => {
    const { credentials, issued } = issuing(new FakeClock())
    await Promise.all([credentials.current(signal), credentials.current(signal), credentials.current(signal)])
    expect(issued()).toBe(1)
  })

  it('are issued anew once they are refused, once for all whom that met', async () => {
    const { credentials, issued } = issuing(new FakeClock())
    const refused = await credentials.current(signal)
    const renewed = await Promise.all([credentials.renew(refused, signal), credentials.renew(refused, signal)])
    expect(renewed).toEqual([true, true])
    expect(await credentials.renew(refused, signal)).toBe(true)
    expect(issued()).toBe(2)
  })

  it('are still issued after the last waiting caller has left, for the next caller', async () => {
    let finish: (value: IssuedCredential) => void = () => {}
    let count = 0
    const credentials = new IssuedCredentials(new FakeClock(), () => {
      count += 1
      return new Promise((resolve) => (finish = resolve))
    })
    const impatient = new AbortController()
    const given = rejectionOf(credentials.current(impatient.signal))
    impatient.abort('bored')
    expect(await given).toBe('bored')
    const patient = credentials.current(signal)
    finish({ credential: { authorization: 'Bearer late' }, expiresAtMs: undefined })
    expect(await patient).toEqual({ authorization: 'Bearer late' })
    expect(count).toBe(1)
  })

  it('that could not be got are tried again after longer and longer, and at once after a success', async () => {
    const clock = new FakeClock()
    let count = 0
    let isWell = false
    const credentials = new IssuedCredentials(clock, async () => {
      count += 1
      if (!isWell) throw new Error(`failure ${count}`)
      return { credential: { authorization: `Bearer ${count}` }, expiresAtMs: clock.wallMs() + 1_000 }
    })
    await expect(credentials.current(signal)).rejects.toThrow('failure 1')
    await clock.advance(999)
    await expect(credentials.current(signal)).rejects.toThrow('failure 1')
    await clock.advance(1)
    await expect(credentials.current(signal)).rejects.toThrow('failure 2')
    await clock.advance(1_999)
    await expect(credentials.current(signal)).rejects.toThrow('failure 2')
    isWell = true
    await clock.advance(1)
    expect(await credentials.current(signal)).toEqual({ authorization: 'Bearer 3' })
    isWell = false
    await clock.advance(1_000)
    await expect(credentials.current(signal)).rejects.toThrow('failure 4')
  })

  it('are no longer got once the connection is closed, and got anew if it is used again', async () => {
    const seen: AbortSignal[] = []
    const credentials = new IssuedCredentials(new FakeClock(), (ended) => {
      seen.push(ended)
      return new Promise((_, reject) => ended.addEventListener('abort', () => reject(ended.reason as Error)))
    })
    const waiting = rejectionOf(credentials.current(signal))
    credentials.close()
    expect(await waiting).toMatchObject({ message: 'The connection was closed.' })
    void credentials.current(signal).catch(() => {})
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, false])
    credentials.close()
  })

  it('that come out the same are not worth another try', async () => {
    const credentials = new IssuedCredentials(new FakeClock(), () =>
      Promise.resolve({ credential: { authorization: 'Bearer same' }, expiresAtMs: undefined }),
    )
    expect(await credentials.renew(await credentials.current(signal), signal)).toBe(false)
  })
})

describe('work that is shared', () => {
  function sharing() {
    const seen: AbortSignal[] = []
    let finish: (value: string) => void = () => {}
    const run = new SharedRun<string>((signal) => {
      seen.push(signal)
      return new Promise((resolve) => (finish = resolve))
    })
    return { run, seen, finish: (value: string) => finish(value) }
  }

  it('continues when one of several waiting callers gives up', async () => {
    const { run, seen, finish } = sharing()
    const impatient = new AbortController()
    const given = rejectionOf(run.join(impatient.signal))
    const patient = run.join(signal)
    impatient.abort('bored')
    expect(await given).toBe('bored')
    finish('done')
    expect(await patient).toBe('done')
    expect(seen).toHaveLength(1)
    expect(seen[0]!.aborted).toBe(false)
  })

  it('is aborted when all callers have given up, and started again for the next', async () => {
    const { run, seen, finish } = sharing()
    const impatient = new AbortController()
    const given = [rejectionOf(run.join(impatient.signal)), rejectionOf(run.join(impatient.signal))]
    impatient.abort('bored')
    expect(await Promise.all(given)).toEqual(['bored', 'bored'])
    expect(seen[0]!.aborted).toBe(true)
    const next = run.join(signal)
    finish('again')
    expect(await next).toBe('again')
  })

  it('that fails is started anew for the next', async () => {
    let count = 0
    const run = new SharedRun(() => Promise.reject(new Error(`failure ${++count}`)))
    await expect(run.join(signal)).rejects.toThrow('failure 1')
    await expect(run.join(signal)).rejects.toThrow('failure 2')
  })
})
