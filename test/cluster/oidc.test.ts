import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { errorText } from '../../kubectl-plugin/output/advice.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import {
  base64Fixture,
  connectTo,
  failure,
  fixture,
  folderWith,
  json,
  kubeconfigText,
  LIST,
  rejectionOf,
  startApi,
  startServer,
  surroundings,
  type LocalServer,
} from './local-server.ts'

const NOW_S = Date.UTC(2026, 0, 1) / 1000

/** An unsigned ID token; who checks it is the API server, not we. */
function idToken(name: string, endsInSeconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: name, exp: NOW_S + endsInSeconds })}.x`
}

interface Issuer extends LocalServer {
  readonly grants: { readonly form: URLSearchParams; readonly request: IncomingMessage }[]
}

/** An OpenID Connect issuer that gives tokens of an hour, and with each a new refresh token. */
async function startIssuer(
  options: { discovery?: object; token?: Parameters<typeof startServer>[0]; tls?: string } = {},
): Promise<Issuer> {
  const grants: Issuer['grants'] = []
  const issuer: LocalServer = await startServer(
    (request, response) => {
      if (request.url === '/realm/.well-known/openid-configuration') {
        json({ token_endpoint: `${issuer.url}/realm/token`, ...options.discovery })(request, response)
        return
      }
      void text(request).then((body) => {
        grants.push({ form: new URLSearchParams(body), request })
        const count = grants.length
        const answer =
          options.token ?? json({ id_token: idToken(`new-${count}`, 3600 * count), refresh_token: `refresh-${count}` })
        answer(request, response)
      })
    },
    options.tls ? { certificate: options.tls } : undefined,
  )
  return { ...issuer, grants }
}

function user(issuer: string, config: Record<string, string> = {}): object {
  return {
    'auth-provider': {
      name: 'oidc',
      config: { 'idp-issuer-url': `${issuer}/realm`, 'client-id': 'cli', 'refresh-token': 'refresh-0', ...config },
    },
  }
}

/** The user names of the tokens that the API server was shown. */
function names(requests: readonly IncomingMessage[]): string[] {
  return requests.map(({ headers }) => {
    const claims = headers.authorization!.split('.')[1]!
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub
  })
}

describe('the OIDC auth-provider', () => {
  it('uses the ID token of the kubeconfig while it lasts', async () => {
    const clock = new FakeClock()
    const issuer = await startIssuer()
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url, { 'id-token': idToken('old', 60) }), {}, { clock })
    await client.request(LIST)
    await clock.advance(49_000)
    await client.request(LIST)
    expect(names(requests)).toEqual(['old', 'old'])
    expect(issuer.requests).toHaveLength(0)
  })

  it('renews it 10 s before its end, with the newest refresh token', async () => {
    const clock = new FakeClock()
    const issuer = await startIssuer()
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url, { 'id-token': idToken('old', 60) }), {}, { clock })
    await client.request(LIST)
    await clock.advance(50_000)
    await client.request(LIST)
    await client.request(LIST)
    await clock.advance(3_600_000)
    await client.request(LIST)
    expect(names(requests)).toEqual(['old', 'new-1', 'new-1', 'new-2'])
    expect(issuer.grants.map(({ form }) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-1'])
  })

  it.each([
    { name: 'no refresh token', answer: {} },
    { name: 'an empty one', answer: { refresh_token: '' } },
    { name: 'null', answer: { refresh_token: null } },
  ])('keeps its refresh token if the issuer returns $name', async ({ answer }) => {
    const clock = new FakeClock()
    const issuer = await startIssuer({ token: json({ id_token: idToken('new', 60), ...answer }) })
    const { cluster } = await startApi(json({}))
    const kubeconfig = join(await folderWith({ config: kubeconfigText(cluster, user(issuer.url)) }), 'config')
    const client = await connect({ kubeconfig }, surroundings({ clock }))
    await client.request(LIST)
    await clock.advance(60_000)
    await client.request(LIST)
    expect(issuer.grants.map(({ form }) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-0'])
    expect(await readFile(kubeconfig, 'utf8')).toContain('"refresh-token":"refresh-0"')
  })

  it('gets one where the kubeconfig has none', async () => {
    const issuer = await startIssuer()
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url), {}, { clock: new FakeClock() })
    await Promise.all([client.request(LIST), client.request(LIST)])
    expect(names(requests)).toEqual(['new-1', 'new-1'])
    expect(issuer.grants).toHaveLength(1)
  })

  it('gets another when the API server refuses one', async () => {
    const issuer = await startIssuer()
    const { cluster, requests } = await startApi((request, response) => {
      const isOld = names([request])[0] === 'old'
      const answer = isOld ? failure(401, 'Unauthorized', 'Unauthorized') : json({})
      answer(request, response)
    })
    const client = await connectTo(
      cluster,
      user(issuer.url, { 'id-token': idToken('old', 600) }),
      {},
      { clock: new FakeClock() },
    )
    await client.request(LIST)
    expect(names(requests)).toEqual(['old', 'new-1'])
  })

  it.each([
    {
      name: 'in the form, without a secret',
      secret: '',
      discovery: {},
      form: { client_id: 'cli', client_secret: null },
      header: undefined,
    },
    {
      name: 'in the header, by default',
      secret: 'a:b/c',
      discovery: {},
      form: { client_id: null, client_secret: null },
      header: `Basic ${btoa('cli:a%3Ab%2Fc')}`,
    },
    {
      name: 'in the form, where the issuer wants that',
      secret: 'a:b',
      discovery: { token_endpoint_auth_methods_supported: ['client_secret_post'] },
      form: { client_id: 'cli', client_secret: 'a:b' },
      header: undefined,
    },
  ])('says which client it is $name', async ({ secret, discovery, form, header }) => {
    const issuer = await startIssuer({ discovery })
    const { cluster } = await startApi(json({}))
    const client = await connectTo(
      cluster,
      user(issuer.url, { 'client-secret': secret }),
      {},
      { clock: new FakeClock() },
    )
    await client.request(LIST)
    const [grant] = issuer.grants
    expect(grant!.form.get('grant_type')).toBe('refresh_token')
    for (const [key, value] of Object.entries(form)) expect(grant!.form.get(key)).toBe(value)
    expect(grant!.request.headers.authorization).toBe(header)
  })

  it.each<{ name: string; refusal: RequestListener }>([
    { name: 'with 400', refusal: json({ error: 'invalid_client' }, 400) },
    { name: 'with 401 and a page', refusal: failure(401, 'Unauthorized', 'Unauthorized') },
    { name: 'with 403', refusal: json({}, 403) },
    { name: 'with 200', refusal: json({ error: 'invalid_client' }) },
    { name: 'with 429', refusal: json({}, 429) },
    { name: 'with 500', refusal: json({}, 500) },
    { name: 'with a web page', refusal: (_request, response) => void response.end('<html>') },
    { name: 'by closing the connection', refusal: (request) => void request.socket.destroy() },
  ])('says it in the form where the issuer refuses the header $name', async ({ refusal }) => {
    const issuer = await startIssuer({
      token: (request, response) => {
        const answer = request.headers.authorization ? refusal : json({ id_token: idToken('new', 3600) })
        answer(request, response)
      },
    })
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url, { 'client-secret': 'a:b' }), {}, { clock: new FakeClock() })
    await client.request(LIST)
    expect(names(requests)).toEqual(['new'])
    expect(issuer.grants.map(({ form }) => [form.get('client_id'), form.get('client_secret')])).toEqual([
      [null, null],
      ['cli', 'a:b'],
    ])
  })

  it.each([
    { name: 'fails', status: 500 },
    { name: 'refuses it', status: 400 },
  ])('says it once where an issuer that wants the form alone $name', async ({ status }) => {
    const discovery = { token_endpoint_auth_methods_supported: ['client_secret_post'] }
    const issuer = await startIssuer({ token: json({ error: 'x' }, status), discovery })
    const { cluster } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url, { 'client-secret': 's' }), {}, { clock: new FakeClock() })
    await rejectionOf(client.request(LIST))
    expect(issuer.grants).toHaveLength(1)
  })

  const tokens = { access_token: 'x', id_token: idToken('new', 3600) }
  it.each<{ name: string; status?: number; type?: string; encoding?: string; body?: string | Buffer }>([
    { name: 'with code 201', status: 201 },
    { name: 'as a form', type: 'application/x-www-form-urlencoded', body: new URLSearchParams(tokens).toString() },
    { name: 'as a form in plain text', type: 'text/plain; charset=utf-8', body: new URLSearchParams(tokens).toString() },
    { name: 'as JSON in plain text', type: 'text/plain' },
    { name: 'packed', encoding: 'gzip', body: gzipSync(JSON.stringify(tokens)) },
  ])('takes tokens $name', async ({ status = 200, type = 'application/json', encoding, body = JSON.stringify(tokens) }) => {
    const issuer = await startIssuer({
      token: (_request, response) =>
        void response.writeHead(status, { 'Content-Type': type, ...(encoding && { 'Content-Encoding': encoding }) }).end(body),
    })
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url), {}, { clock: new FakeClock() })
    await client.request(LIST)
    expect(names(requests)).toEqual(['new'])
  })

  it('reads the end of an ID token that is a string', async () => {
    const issuer = await startIssuer()
    const { cluster, requests } = await startApi(json({}))
    const claims = Buffer.from(JSON.stringify({ sub: 'old', exp: String(NOW_S + 60) })).toString('base64url')
    const client = await connectTo(cluster, user(issuer.url, { 'id-token': `x.${claims}.x` }), {}, { clock: new FakeClock() })
    await client.request(LIST)
    expect(names(requests)).toEqual(['old'])
    expect(issuer.requests).toHaveLength(0)
  })

  it.each([
    { name: 'a file', config: { 'idp-certificate-authority': fixture('authority.pem') } },
    { name: 'data', config: { 'idp-certificate-authority-data': base64Fixture('authority.pem') } },
  ])('trusts the authority of the issuer, from $name', async ({ config }) => {
    const issuer = await startIssuer({ tls: 'server' })
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url, config), {}, { clock: new FakeClock() })
    await client.request(LIST)
    expect(names(requests)).toEqual(['new-1'])
  })
})

describe('a redirect of an OIDC issuer', () => {
  /** An issuer whose token endpoint redirects to `/moved`, on a host of its own or elsewhere. */
  async function redirected(status: number, to: (url: string) => string) {
    const issuer: Issuer = await startIssuer({
      token: (request, response) =>
        request.url === '/realm/token'
          ? void response.writeHead(status, { Location: to(issuer.url) }).end()
          : json({ id_token: idToken('new', 3600) })(request, response),
      tls: 'server',
    })
    const { cluster } = await startApi(json({}))
    const config = { 'client-secret': 's', 'idp-certificate-authority': fixture('authority.pem') }
    const client = await connectTo(cluster, user(issuer.url, config), {}, { clock: new FakeClock() })
    const sent = (): unknown[] =>
      issuer.grants.map(({ request: { method, url, headers }, form }) => [method, url, headers.authorization, form.get('refresh_token')])
    return { client, sent }
  }
  const basic = `Basic ${btoa('cli:s')}`

  it.each([307, 308])('of the token endpoint by %d is followed with the same request', async (status) => {
    const { client, sent } = await redirected(status, () => '/moved')
    await client.request(LIST)
    expect(sent()).toEqual([
      ['POST', '/realm/token', basic, 'refresh-0'],
      ['POST', '/moved', basic, 'refresh-0'],
    ])
  })

  it.each([301, 302, 303])('of the token endpoint by %d is followed with a GET', async (status) => {
    const { client, sent } = await redirected(status, () => '/moved')
    await client.request(LIST)
    expect(sent()).toEqual([
      ['POST', '/realm/token', basic, 'refresh-0'],
      ['GET', '/moved', basic, null],
    ])
  })

  it('to another host gets no client secret in the header', async () => {
    const { client, sent } = await redirected(307, (url) => `${url.replace('127.0.0.1', 'localhost')}/moved`)
    await client.request(LIST)
    expect(sent()).toEqual([
      ['POST', '/realm/token', basic, 'refresh-0'],
      ['POST', '/moved', undefined, 'refresh-0'],
    ])
  })

  it('from HTTPS to plain HTTP is not followed', async () => {
    const other = await startServer(json({ id_token: idToken('new', 3600) }))
    const { client } = await redirected(307, () => `${other.url}/moved`)
    const error = await rejectionOf(client.request(LIST))
    expect(error).toMatchObject({ kind: 'protocol' })
    expect(errorText(error)).toMatch(/did not respond like an OpenID Connect issuer: it redirects from HTTPS to plain HTTP \(http:.*\/moved\)/)
    expect(other.requests).toHaveLength(0)
  })

  it('without end is followed nine times, for each way to send the client secret', async () => {
    const { client, sent } = await redirected(307, () => '/realm/token')
    const error = await rejectionOf(client.request(LIST))
    expect(errorText(error)).toMatch(/did not respond like an OpenID Connect issuer: it redirects to \/realm\/token/)
    expect(sent()).toHaveLength(20)
  })

  it('of the discovery document is followed', async () => {
    const issuer: LocalServer = await startServer((request, response) => {
      if (request.url === '/realm/.well-known/openid-configuration') return void response.writeHead(302, { Location: '../new' }).end()
      const isNew = request.url === '/realm/new'
      json(isNew ? { token_endpoint: `${issuer.url}/token` } : { id_token: idToken('new', 3600) })(request, response)
    })
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, user(issuer.url), {}, { clock: new FakeClock() })
    await client.request(LIST)
    expect(names(requests)).toEqual(['new'])
  })
})

describe('an OIDC login that the issuer renews once per refresh token', () => {
  /** An issuer that takes only the newest refresh token, a person's kubeconfig, and an API server. */
  async function scene() {
    let valid = 'refresh-0'
    let gate = Promise.resolve()
    const issuer: LocalServer = await startServer((request, response) => {
      if (request.method === 'GET') {
        json({ token_endpoint: `${issuer.url}/token` })(request, response)
        return
      }
      void Promise.all([text(request), gate]).then(([body]) => {
        const isValid = new URLSearchParams(body).get('refresh_token') === valid
        if (isValid) valid = `refresh-${Number(valid.slice(8)) + 1}`
        const answer = isValid
          ? json({ id_token: idToken(valid, 3600), refresh_token: valid })
          : json({ error: 'invalid_grant' }, 400)
        answer(request, response)
      })
    })
    const { cluster, requests } = await startApi(json({}))
    const folder = await folderWith({ config: kubeconfigText(cluster, user(issuer.url)) })
    const kubeconfig = join(folder, 'config')
    const warnings: string[] = []
    const command = (more: object = {}) =>
      connect(
        { kubeconfig, ...more },
        surroundings({ clock: new FakeClock(), onWarning: (warning) => void warnings.push(warning) }),
      )
    const holdAnswers = (until: Promise<void>): void => void (gate = until)
    return { folder, kubeconfig, requests, command, warnings, issuer, holdAnswers }
  }

  it('goes on with the next command, and with kubectl', async () => {
    const { command, kubeconfig, requests, folder, warnings, issuer } = await scene()
    const before = await readFile(kubeconfig, 'utf8')
    await (await command()).request(LIST)
    const after = await readFile(kubeconfig, 'utf8')
    expect(after).toBe(
      before
        .replace('"idp-issuer-url"', `"id-token": "${idToken('refresh-1', 3600)}", "idp-issuer-url"`)
        .replace('refresh-0', 'refresh-1'),
    )
    await (await command()).request(LIST)
    expect(names(requests)).toEqual(['refresh-1', 'refresh-1'])
    expect(issuer.requests).toHaveLength(2)
    expect(await readdir(folder)).toEqual(['config'])
    expect(warnings).toEqual([])
  })

  it('uses what another program has renewed meanwhile', async () => {
    const { command, requests } = await scene()
    const [one, other] = [await command(), await command()]
    await one.request(LIST)
    await other.request(LIST)
    expect(names(requests)).toEqual(['refresh-1', 'refresh-1'])
  })

  it('uses what another program renews just then', async () => {
    const { command, kubeconfig, requests, issuer, holdAnswers } = await scene()
    const client = await command()
    const before = await readFile(kubeconfig, 'utf8')
    await (await command()).request(LIST)
    const after = await readFile(kubeconfig, 'utf8')
    // It reads the file before the other has written, and asks the issuer after the other did.
    await writeFile(kubeconfig, before)
    let release = (): void => {}
    holdAnswers(new Promise((resolve) => (release = resolve)))
    const asking = client.request(LIST)
    await expect.poll(() => issuer.requests.length).toBe(4)
    await writeFile(kubeconfig, after)
    release()
    await asking
    expect(names(requests)).toEqual(['refresh-1', 'refresh-1'])
  })

  it('says once what follows if it cannot be saved', async () => {
    const { command, kubeconfig, warnings, requests } = await scene()
    await chmod(kubeconfig, 0o400)
    const clock = new FakeClock()
    const client = await connect({ kubeconfig }, surroundings({ clock, onWarning: (text) => void warnings.push(text) }))
    for (let count = 0; count < 2; count++) {
      await client.request(LIST)
      await clock.advance(3_600_000)
    }
    expect(names(requests)).toEqual(['refresh-1', 'refresh-2'])
    expect(warnings).toEqual([
      `The new login of the user "jane" could not be saved in ${kubeconfig}: it is read-only. ` +
        'The issuer may not accept the old one again, so you may have to log in again after this command.',
    ])
    expect(await rejectionOf((await command()).request(LIST))).toMatchObject({ kind: 'unauthorized' })
  })
})

describe('the OIDC auth-provider cannot renew', () => {
  const cases: {
    name: string
    options?: Parameters<typeof startIssuer>[0]
    config?: Record<string, string>
    kind: string
    message: RegExp
  }[] = [
    {
      name: 'without a refresh token',
      config: { 'id-token': idToken('old', -60), 'refresh-token': '' },
      kind: 'unauthorized',
      message:
        /The login of the user "jane" has expired: its ID token has expired, and it has no refresh token\. Log in again, or use another user\.$/,
    },
    {
      name: 'what the issuer refuses',
      options: { token: json({ error: 'invalid_grant' }, 400) },
      kind: 'unauthorized',
      message: /the issuer http:\/\/127\.0\.0\.1:\d+ refused its refresh token\. Log in again/,
    },
    {
      name: 'to nothing',
      options: { token: json({ access_token: 'x' }) },
      kind: 'unauthorized',
      message: /gave no new ID token/,
    },
    {
      name: 'to an empty ID token',
      options: { token: json({ id_token: '' }) },
      kind: 'unauthorized',
      message: /gave no new ID token/,
    },
    {
      name: 'where the issuer fails',
      options: { token: json({}, 500) },
      kind: 'server',
      message: /failed to renew the OIDC ID token \(HTTP 500\)/,
    },
    {
      name: 'where the token endpoint is not found',
      options: { token: json({}, 404) },
      kind: 'protocol',
      message: /did not respond like an OpenID Connect issuer: it returned HTTP 404\. Check the idp-issuer-url/,
    },
    {
      name: 'where there is no issuer',
      options: { discovery: { token_endpoint: null } },
      kind: 'protocol',
      message: /names no token endpoint/,
    },
    {
      name: 'where the issuer is not trusted',
      options: { tls: 'server' },
      kind: 'certificate',
      message: /authority that is not trusted .* Set idp-certificate-authority of the user "jane" in the kubeconfig/,
    },
    {
      name: 'where the certificate of the issuer is for another name',
      options: { tls: 'server-elsewhere' },
      config: { 'idp-certificate-authority': fixture('authority.pem') },
      kind: 'certificate',
      message: /is valid for other names .* Use one of them in idp-issuer-url\.$/,
    },
  ]
  it.each(cases)('$name', async ({ options, config, kind, message }) => {
    const issuer = await startIssuer(options)
    const client = await connectTo(
      { server: 'https://127.0.0.1:1' },
      user(issuer.url, config),
      {},
      { clock: new FakeClock() },
    )
    const error = await rejectionOf(client.request(LIST))
    expect(error).toMatchObject({ kind })
    expect(errorText(error)).toMatch(message)
    expect((error as Error).message).not.toContain('refresh-0')
  })

  it.each([{ 'client-id': '' }, { 'idp-issuer-url': '' }, { 'idp-issuer-url': 'no url' }])(
    'with %j',
    async (config) => {
      const connecting = connectTo({ server: 'https://127.0.0.1:1' }, user('http://x', config))
      await expect(connecting).rejects.toMatchObject({ kind: 'config' })
      await expect(connecting).rejects.toThrow(/needs idp-issuer-url and client-id/)
    },
  )
})
