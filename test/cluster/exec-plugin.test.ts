import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ConnectionSurroundings } from '../../shared/cluster/connection/connection-settings.ts'
import type { ClusterError } from '../../shared/cluster/errors.ts'
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
  peerOf,
  readFixture,
  rejectionOf,
  startApi,
    surroundings,
} from './local-server.ts'

const V1 = 'client.authentication.k8s.io/v1'
const V1BETA1 = 'client.authentication.k8s.io/v1beta1'

/** A plugin written in JavaScript, and a kubeconfig entry that runs it. */
async function plugin(
  script: string,
  more: object = {},
): Promise<{ folder: string; exec: object; runs: () => Promise<number> }> {
  const folder = await folderWith({
    'plugin.mjs': `
      import { appendFileSync } from 'node:fs'
      appendFileSync(import.meta.dirname + '/runs', 'x')
      const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      const answer = (status, apiVersion = info.apiVersion) =>
        console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion, status }))
      ${script}`,
  })
  const exec = {
    apiVersion: V1,
    interactiveMode: 'IfAvailable',
    command: process.execPath,
    args: [join(folder, 'plugin.mjs')],
    ...more,
  }
  const runs = async () => (await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).length
  return { folder, exec, runs }
}

/** What the server is shown by requests that the plugin's credentials are for. */
async function authorizationFrom(exec: object, cluster: object = {}, more: Partial<ConnectionSurroundings> = {}) {
  const { cluster: api, requests } = await startApi(json({}))
  const client = await connectTo({ ...api, ...cluster }, { exec }, {}, { env: process.env, ...more })
  await client.request(LIST)
  return requests[0]!.headers.authorization
}

describe('a credential plugin', () => {
  it.each([V1, V1BETA1])('gives a token: %s', async (apiVersion) => {
    const { exec } = await plugin(`answer({ token: 'abc' })`, { apiVersion })
    expect(await authorizationFrom(exec)).toBe('Bearer abc')
  })

  it('gives a client certificate', async () => {
    const { exec } = await plugin(
      `answer({ clientCertificateData: process.env.CERT, clientKeyData: process.env.KEY })`,
      {
        env: [
          { name: 'CERT', value: readFixture('client.pem').toString() },
          { name: 'KEY', value: readFixture('client.key').toString() },
        ],
      },
    )
    const { cluster } = await startApi(
      (request, response) => {
        const { subject } = peerOf(request)
        json({ name: subject.CN })(request, response)
      },
      { requestCert: true, ca: [readFixture('authority.pem')] },
    )
    const client = await connectTo(cluster, { exec }, {}, { env: process.env })
    expect(await client.request(LIST)).toEqual({ name: 'jane' })
  })

  it('gets its arguments, its variables and those of this process', async () => {
    const { exec, folder } = await plugin(
      `answer({ token: [...process.argv.slice(2), process.env.OWN, process.env.OURS].join('-') })`,
      {
        env: [{ name: 'OWN', value: 'b' }],
      },
    )
    const args = [join(folder, 'plugin.mjs'), 'a']
    expect(await authorizationFrom({ ...exec, args }, {}, { env: { ...process.env, OURS: 'c' } })).toBe('Bearer a-b-c')
  })

  it.each([
    { name: 'nothing of the cluster', provideClusterInfo: false, expected: undefined },
    {
      name: 'the cluster where it wants it',
      provideClusterInfo: true,
      expected: {
        'tls-server-name': 'localhost',
        'certificate-authority-data': base64Fixture('authority.pem'),
        'proxy-url': undefined,
        config: { audience: 'x' },
      },
    },
  ])('is told $name', async ({ provideClusterInfo, expected }) => {
    const { exec } = await plugin(`answer({ token: btoa(JSON.stringify(info)) })`, { provideClusterInfo })
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }]
    const cluster = { 'tls-server-name': 'localhost', 'certificate-authority-data': base64Fixture('authority.pem'), extensions }
    const authorization = await authorizationFrom(exec, cluster)
    const info = JSON.parse(atob(authorization!.slice('Bearer '.length))) as { spec: { cluster?: object } }
    expect(info).toMatchObject({ kind: 'ExecCredential', apiVersion: V1, spec: { interactive: false } })
    if (expected) expect(info.spec.cluster).toMatchObject(JSON.parse(JSON.stringify(expected)) as object)
    else expect(info.spec.cluster).toBeUndefined()
  })

  it.each([
    { interactiveMode: 'Never', isTerminal: true, expected: false },
    { interactiveMode: 'IfAvailable', isTerminal: true, expected: true },
    { interactiveMode: 'IfAvailable', isTerminal: false, expected: false },
    { interactiveMode: 'Always', isTerminal: true, expected: true },
  ])(
    'may ask the person: $interactiveMode, at a terminal: $isTerminal',
    async ({ interactiveMode, isTerminal, expected }) => {
      const { exec } = await plugin(`answer({ token: String(info.spec.interactive) })`, { interactiveMode })
      expect(await authorizationFrom(exec, {}, { isInteractive: () => isTerminal })).toBe(`Bearer ${expected}`)
    },
  )

  it('is found beside the kubeconfig', async () => {
    const { folder } = await plugin('')
    const answer = JSON.stringify({ kind: 'ExecCredential', apiVersion: V1, status: { token: 'near' } })
    const script = `#!${process.execPath}\nconsole.log('${answer}')\n`
    const { cluster, requests } = await startApi(json({}))
    await writeFile(join(folder, 'login.cjs'), script)
    await chmod(join(folder, 'login.cjs'), 0o755)
    const exec = { apiVersion: V1, interactiveMode: 'Never', command: './login.cjs' }
    await writeFile(join(folder, 'config'), kubeconfigText(cluster, { exec }))
    await (await connect({ kubeconfig: join(folder, 'config') }, surroundings({ env: process.env }))).request(LIST)
    expect(requests[0]!.headers.authorization).toBe('Bearer near')
  })

  it.skipIf(process.platform === 'win32')('is looked up on the PATH of this process, and has the PATH of its entry', async () => {
    const folder = await folderWith({
      login: `#!/bin/sh\necho '{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"'$PATH'"}}'\n`,
    })
    await chmod(join(folder, 'login'), 0o755)
    const exec = { apiVersion: V1, interactiveMode: 'Never', command: 'login', env: [{ name: 'PATH', value: '/own' }] }
    expect(await authorizationFrom(exec, {}, { env: { PATH: folder } })).toBe('Bearer /own')
    const elsewhere = { ...exec, env: [{ name: 'PATH', value: folder }] }
    const error = await rejectionOf(authorizationFrom(elsewhere, {}, { env: { PATH: '/own' } }))
    expect((error as Error).message).toMatch(/login .* is not installed, or not on the PATH/)
  })

  it.skipIf(process.platform === 'win32')('is not run from a relative entry of the PATH', async () => {
    const folder = await folderWith({ login: '#!/bin/sh\n' })
    await chmod(join(folder, 'login'), 0o755)
    const entry = relative(process.cwd(), folder)
    const exec = { apiVersion: V1, interactiveMode: 'Never', command: 'login' }
    const error = await rejectionOf(authorizationFrom(exec, {}, { env: { PATH: entry } }))
    expect(error).toMatchObject({ kind: 'config' })
    expect((error as Error).message).toContain(`is in "${entry}", a relative entry of the PATH. For safety, it was not run.`)
  })

  it('is not run where a token is given', async () => {
    const { exec, runs } = await plugin(`answer({ token: 'abc' })`)
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, { exec }, { token: 'typed' }, { env: process.env })
    await client.request(LIST)
    expect(requests[0]!.headers.authorization).toBe('Bearer typed')
    expect(await runs()).toBe(0)
  })

  it.each([
    { name: 'a token that looks like a date', status: 'token: 2026-01-01', token: '2026-01-01' },
    { name: 'a second document', status: 'token: a\n---\nb', token: 'a' },
    { name: 'a key given twice', status: 'token: a\n  token: b', token: 'b' },
    { name: 'an unknown tag', status: 'token: !x a', token: 'a' },
  ])('may print YAML with $name', async ({ status, token }) => {
    const output = `apiVersion: ${V1}\nkind: ExecCredential\nstatus:\n  ${status}`
    const { exec } = await plugin(`console.log(${JSON.stringify(output)})`)
    expect(await authorizationFrom(exec)).toBe(`Bearer ${token}`)
  })

  it.each(['undefined', 'null', `''`])('may leave out its kind: %s', async (kind) => {
    const { exec } = await plugin(`console.log(JSON.stringify({ apiVersion: '${V1}', kind: ${kind}, status: { token: 'a' } }))`)
    expect(await authorizationFrom(exec)).toBe('Bearer a')
  })

  it('may print YAML, and a token in any script', async () => {
    const { exec } = await plugin(`
      console.log(['apiVersion: ${V1}', 'kind: ExecCredential', 'status:', '  token: zażółć',
        '  expirationTimestamp: 2126-01-01T00:00:00Z'].join('\\n'))`)
    expect(await authorizationFrom(exec)).toBe(`Bearer ${Buffer.from('zażółć').toString('latin1')}`)
  })

  it.each([
    { name: 'a client certificate', user: { 'client-certificate': fixture('client.pem'), 'client-key': fixture('client.key') } },
    { name: 'a password', user: { username: 'jane', password: 'p' } },
    { name: 'a token', user: { token: 'abc' } },
  ])('is not run beside $name', async ({ user }) => {
    const { exec, runs } = await plugin(`answer({ token: 'unwanted' })`)
    const { cluster, requests } = await startApi(json({}))
    const client = await connectTo(cluster, { ...user, exec }, {}, { env: process.env })
    await client.request(LIST)
    expect(requests[0]!.headers.authorization).not.toBe('Bearer unwanted')
    expect(await runs()).toBe(0)
  })

  it('passes on what it says', async () => {
    const { exec } = await plugin(`console.error('open https://login'); answer({ token: 'abc' })`)
    let said = ''
    await authorizationFrom(exec, {}, { onPluginStderr: (text) => (said += text) })
    expect(said).toBe('open https://login\n')
  })
})

describe("a credential plugin's credentials", () => {
  it('are used until they end', async () => {
    const clock = new FakeClock()
    const { exec, runs } = await plugin(`answer({ token: 'abc', expirationTimestamp: '2026-01-01T00:01:00Z' })`)
    const { cluster } = await startApi(json({}))
    const client = await connectTo(cluster, { exec }, {}, { env: process.env, clock })
    await Promise.all([client.request(LIST), client.request(LIST)])
    await clock.advance(59_999)
    await client.request(LIST)
    expect(await runs()).toBe(1)
    await clock.advance(1)
    await client.request(LIST)
    expect(await runs()).toBe(2)
  })

  it.each(['2026-01-01T01:01:00+01:00', '2026-01-01T00:00:30.123456789-00:01'])('are used until they end, in any zone: %s', async (end) => {
    const clock = new FakeClock()
    const { exec, runs } = await plugin(`answer({ token: 'abc', expirationTimestamp: '${end}' })`)
    const { cluster } = await startApi(json({}))
    const client = await connectTo(cluster, { exec }, {}, { env: process.env, clock })
    await client.request(LIST)
    await clock.advance(59_000)
    await client.request(LIST)
    expect(await runs()).toBe(1)
    await clock.advance(32_000)
    await client.request(LIST)
    expect(await runs()).toBe(2)
  })

  it("have no end if they end at Go's zero time", async () => {
    const { exec, runs } = await plugin(`answer({ token: 'abc', expirationTimestamp: '0001-01-01T00:00:00Z' })`)
    const { cluster } = await startApi(json({}))
    const client = await connectTo(cluster, { exec }, {}, { env: process.env })
    await client.request(LIST)
    await client.request(LIST)
    expect(await runs()).toBe(1)
  })

  it.each(['request', 'stream'] as const)('are got anew when the server refuses them: %s', async (how) => {
    let right = '1'
    const { exec, runs } = await plugin(`
      import { readFileSync } from 'node:fs'
      answer({ token: String(readFileSync(import.meta.dirname + '/runs').length) })`)
    const { cluster } = await startApi((request, response) => {
      const isRight = request.headers.authorization === `Bearer ${right}`
      const listener = isRight ? json({ ok: true }) : failure(401, 'Unauthorized', 'Unauthorized')
      listener(request, response)
    })
    const client = await connectTo(cluster, { exec }, {}, { env: process.env })
    await client[how](LIST)
    right = '2'
    await client[how](LIST)
    expect(await runs()).toBe(2)
  })

  it('that stay refused are got anew once a request', async () => {
    const { exec, runs } = await plugin(`answer({ token: String(Math.random()) })`)
    const { cluster, requests } = await startApi(failure(401, 'Unauthorized', 'Unauthorized'))
    const client = await connectTo(cluster, { exec }, {}, { env: process.env })
    expect(await rejectionOf(client.request(LIST))).toMatchObject({ kind: 'unauthorized', status: 401 })
    expect([await runs(), requests.length]).toEqual([2, 2])
  })
})

describe('a credential plugin that fails', () => {
  const cases: { name: string; script?: string; more?: object; kind: string; message: RegExp }[] = [
    {
      name: 'is not installed',
      more: { command: 'no-such-plugin' },
      kind: 'config',
      message: /no-such-plugin .* is not installed, or not on the PATH\.$/,
    },
    { name: 'exits with an error', script: 'process.exit(3)', kind: 'unauthorized', message: /failed \(exit code 3\)/ },
    {
      name: 'is killed',
      script: `process.kill(process.pid, 'SIGKILL')`,
      kind: 'unauthorized',
      message: /failed \(SIGKILL\)/,
    },
    { name: 'prints neither JSON nor YAML', script: `console.log('hello: {')`, kind: 'config', message: /it is neither JSON nor YAML/ },
    {
      name: 'prints another kind',
      script: `console.log('{"kind":"Pod"}')`,
      kind: 'config',
      message: /kind is not ExecCredential/,
    },
    {
      name: 'prints another version',
      script: `answer({ token: 'x' }, '${V1BETA1}')`,
      kind: 'config',
      message: /its apiVersion is client\.authentication\.k8s\.io\/v1beta1, but the kubeconfig expects .*\/v1\./,
    },
    { name: 'prints no version', script: `answer({ token: 'x' }, null)`, kind: 'config', message: /it has no apiVersion/ },
    { name: 'prints no JSON, but YAML that starts like it', script: `console.log('{kind: ExecCredential}')`, kind: 'config', message: /it is neither JSON nor YAML/ },
    { name: 'prints a number for a token', script: `answer({ token: 1 })`, kind: 'config', message: /its token is not a string/ },
    { name: 'has a NUL in an argument', more: { args: ['a\0b'] }, kind: 'config', message: /can't be started: its command, args or env contain a NUL/ },
    { name: 'has a NUL in a variable', more: { env: [{ name: 'A', value: '\0' }] }, kind: 'config', message: /contain a NUL character/ },
    { name: 'has arguments that are too long', more: { args: ['x'.repeat(8_000_000)] }, kind: 'config', message: /can't be started: spawn E2BIG/ },
    { name: 'has no status', script: `answer(null)`, kind: 'config', message: /neither a token nor a certificate/ },
    {
      name: 'has half a pair',
      script: `answer({ clientKeyData: 'x' })`,
      kind: 'config',
      message: /only one of certificate and key/,
    },
    ...[
      ...['soon', '', 4_000_000_000, '2126-01-01', '2126-01-01T00:00:00', 'Tue, 01 Jan 2126 00:00:00 GMT'],
      ...['2126-02-30T00:00:00Z', '2126-01-01T24:00:00Z', '2126-01-01T00:00:60Z', '2126-13-01T00:00:00Z'],
    ].map((end) => ({
      name: `says no time of RFC 3339 for its end: ${JSON.stringify(end)}`,
      script: `answer({ token: 'x', expirationTimestamp: ${JSON.stringify(end)} })`,
      kind: 'config',
      message: /expirationTimestamp is not a valid timestamp/,
    })),
    {
      name: 'must ask, and can not',
      more: { interactiveMode: 'Always' },
      kind: 'config',
      message: /there is no terminal/,
    },
  ]
  it.each([
    { installHint: '\nGet it:\n  https://example.com\n', remedy: { kind: 'installPlugin', hint: '\nGet it:\n  https://example.com\n' } },
    { installHint: undefined, remedy: { kind: 'installPlugin' } },
    { installHint: ' ', remedy: { kind: 'installPlugin' } },
  ])('and is not installed comes with the hint of its entry: $installHint', async ({ installHint, remedy }) => {
    const { exec } = await plugin('', { command: 'no-such-plugin', installHint })
    expect(((await rejectionOf(authorizationFrom(exec))) as ClusterError).remedy).toEqual(remedy)
  })

  it.each(cases)('$name', async ({ script = '', more, kind, message }) => {
    const { exec } = await plugin(script, more)
    const error = await rejectionOf(authorizationFrom(exec))
    expect(error).toMatchObject({ kind })
    expect((error as Error).message).toMatch(message)
  })

  it.each([
    { name: 'no command', more: { command: '' }, message: /it names no command/ },
    {
      name: 'another version',
      more: { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      message: /its apiVersion is ".*v1alpha1"/,
    },
    { name: 'no mode in v1', more: { interactiveMode: null }, message: /interactiveMode must be/ },
    { name: 'a variable without a name', more: { env: [{ value: 'x' }] }, message: /env\[0\] has no name/ },
  ])('is found wrong before anything is sent: $name', async ({ more, message }) => {
    const { exec } = await plugin('', more)
    await expect(connectTo({ server: 'https://127.0.0.1:1' }, { exec })).rejects.toThrow(message)
  })

  it('is not run again at once, but after a time that grows to 30 s', async () => {
    const clock = new FakeClock()
    const { exec, runs } = await plugin('process.exit(3)')
    const client = await connectTo({ server: 'https://127.0.0.1:1' }, { exec }, {}, { env: process.env, clock })
    const failsAgain = async () => {
      const error = await rejectionOf(client.request(LIST))
      expect((error as Error).message).toMatch(/failed \(exit code 3\)/)
      return runs()
    }
    expect(await failsAgain()).toBe(1)
    let count = 1
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await clock.advance(waitMs - 1)
      expect(await failsAgain()).toBe(count)
      await clock.advance(1)
      expect(await failsAgain()).toBe(++count)
    }
  })
})

describe('a credential plugin that takes long', () => {
  /** Waits until it may go on, and says when it has begun. */
  const SLOW = `
    import { existsSync, writeFileSync } from 'node:fs'
    writeFileSync(import.meta.dirname + '/pid', String(process.pid))
    while (!existsSync(import.meta.dirname + '/go')) await new Promise((resolve) => setTimeout(resolve, 20))
    answer({ token: 'abc' })`

  async function begun(folder: string): Promise<number> {
    const readPid = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '')
    await expect.poll(readPid, { timeout: 10_000 }).not.toBe('')
    return Number(await readPid())
  }

  it('is waited for: the timeout counts from when there are credentials', async () => {
    const clock = new FakeClock()
    const { exec, folder, runs } = await plugin(SLOW)
    const { cluster, requests } = await startApi(json({ ok: true }))
    const client = await connectTo(cluster, { exec }, { requestTimeoutMs: 1_500 }, { env: process.env, clock })
    const answers = Promise.all([client.request(LIST), client.request(LIST)])
    await begun(folder)
    await clock.advance(60_000)
    await writeFile(join(folder, 'go'), '')
    expect(await answers).toEqual([{ ok: true }, { ok: true }])
    expect([requests.length, await runs()]).toEqual([2, 1])
  })

  it('continues for the next request when the first one is canceled', async () => {
    const { exec, folder, runs } = await plugin(SLOW)
    const { cluster } = await startApi(json({ ok: true }))
    const client = await connectTo(cluster, { exec }, {}, { env: process.env })
    const abort = new AbortController()
    const rejection = rejectionOf(client.request({ ...LIST, signal: abort.signal }))
    await begun(folder)
    abort.abort('enough')
    expect(await rejection).toBe('enough')
    await writeFile(join(folder, 'go'), '')
    expect(await client.request(LIST)).toEqual({ ok: true })
    expect(await runs()).toBe(1)
  })

  it('is ended with its connection', async () => {
    const { exec, folder } = await plugin(SLOW)
    const client = await connectTo({ server: 'https://127.0.0.1:1' }, { exec }, {}, { env: process.env })
    const rejection = rejectionOf(client.request(LIST))
    const pid = await begun(folder)
    client.close()
    expect(await rejection).toBeInstanceOf(Error)
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
