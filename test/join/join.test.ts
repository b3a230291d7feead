import { createServer } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { eventually, isGroupAlive, type Joined, JoinScene } from '../support/join-scene.ts'

/** `join` as it ships, as a user runs it. Timings are short: what matters is what comes before what. */
const LEASE_MS = 4_000
const TIMINGS = ['--lease-duration', '4s', '--renew-deadline', '2s', '--retry-period', '500ms']
const LEASES = 'leases.coordination.k8s.io'

let sandbox: Sandbox
let scene: JoinScene
let env: NodeJS.ProcessEnv
let names = 0
let name: string

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(() => sandbox.close())

beforeEach(async () => {
  name = `election-${++names}`
  scene = await JoinScene.open()
  await writeFile(scene.file('config'), JSON.stringify(sandbox.kubeconfig()))
  env = { KUBECONFIG: scene.file('config') }
})

afterEach(async () => {
  sandbox.faults.clear()
  await scene[Symbol.asyncDispose]()
})

const join = (...args: readonly string[]): Joined => scene.start([name, ...args], env)
const joinJson = (...args: readonly string[]): Joined => join('-o', 'json', ...TIMINGS, ...args)

interface StoredSpec {
  readonly holderIdentity: string
  readonly leaseTransitions: number
  readonly leaseDurationSeconds: number
  readonly renewTime: string
}

function stored(): StoredSpec | undefined {
  return (sandbox.peek(LEASES, 'default', name) as { spec: StoredSpec } | undefined)?.spec
}

function plant(holderIdentity: string, spec: object = {}): void {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  sandbox.plant(LEASES, {
    metadata: { namespace: 'default', name },
    spec: { holderIdentity, leaseDurationSeconds: 4, leaseTransitions: 1, acquireTime: renewTime, renewTime, ...spec },
  })
}

describe('a command', () => {
  it('runs while leading, knows of what, and its code is the code', async () => {
    const joined = joinJson('--id', 'me', '--', 'sh', '-c', 'echo "$LEADER_NAME $LEADER_NAMESPACE $LEADER_IDENTITY $LEADER_FENCING_TOKEN"; exit 7')
    expect(await joined.finished).toBe(7)
    expect(joined.types()).toEqual([
      ...['candidate', 'new-leader', 'started-leading', 'command-started', 'command-exited', 'stopped-leading', 'released'],
    ])
    const { fencingToken } = await joined.told('started-leading')
    expect(joined.stderr).toBe(`${name} default me ${String(fencingToken)}\n`)
    expect(joined.lines.find(({ type }) => type === 'command-exited')).toMatchObject({ identity: 'me', exitCode: 7 })
    expect(joined.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'work-ended' })
    expect(stored()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('has stdin and stdout to itself where people read', async () => {
    const joined = join('--', 'cat')
    setTimeout(() => joined.child.stdin!.end('a line\n'), 500)
    expect(await joined.finished).toBe(0)
    expect(joined.stdout).toBe('a line\n')
    expect(joined.stderr).toMatch(/started-leading .*\n.*command-started .*\n.*command-exited {3}with code 0\n.*stopped-leading .*\n.*released/)
  })

  it.each([
    ['there is none', ['no-such-command'], 127, /Cannot run no-such-command: there is no such command\./],
    ['it is no program', ['/etc/passwd'], 126, /Cannot run \/etc\/passwd: .*EACCES/],
    ['a signal ends it', ['sh', '-c', 'kill -9 $$'], 137, /command-exited {3}by SIGKILL/],
  ])('has the code a shell would give where %s', async (_name, command, code, said) => {
    const joined = join('--', ...command)
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toMatch(said)
    expect(stored()).toMatchObject({ holderIdentity: '' })
  })

  it('may flood its output', async () => {
    const joined = join('--', 'sh', '-c', 'yes 0123456789 | head -c 20000000')
    expect(await joined.finished).toBe(0)
    expect(joined.stdout.length).toBe(20_000_000)
  })

  it('that ends takes what it left behind with it, before the lease is released', async () => {
    const joined = joinJson('--', 'sh', '-c', '(trap "sleep 0.5; exit" TERM; while :; do sleep 0.1; done) & sleep 0.3')
    const { pid } = await joined.told('command-started')
    await joined.told('command-exited')
    expect(stored()).not.toMatchObject({ holderIdentity: '' })
    expect(await joined.finished).toBe(0)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(stored()).toMatchObject({ holderIdentity: '' })
  })
})

describe('losing the lease', () => {
  const lost = async (joined: Joined): Promise<void> => {
    await joined.told('command-exited')
    await joined.told('stopped-leading')
  }

  it.each([
    ['obeys', false],
    ['ignores SIGTERM', true],
  ])('to somebody else ends a command that %s, with all its children', async (_name, ignores) => {
    const joined = joinJson('--', ...scene.family('work', { ignores }))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    const takenAtMs = Date.now()
    plant('somebody-else', { leaseTransitions: 2 })
    const lastMs = await scene.familyGone('work', Number(pid))
    await lost(joined)
    expect(lastMs - takenAtMs).toBeLessThan(LEASE_MS)
    expect(stored()).toMatchObject({ holderIdentity: 'somebody-else' })
    expect(joined.types()).not.toContain('released')
    expect(joined.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'taken' })
  })

  it('with --once ends with 75', async () => {
    const joined = joinJson('--once', '--', 'sleep', '1000')
    await joined.told('command-started')
    plant('somebody-else', { leaseTransitions: 2 })
    expect(await joined.finished).toBe(75)
    expect(joined.types().slice(-2)).toEqual(['command-exited', 'stopped-leading'])
  })

  it('because nobody answers ends the command before the lease has run out', async () => {
    const joined = joinJson('--', ...scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    const thaw = sandbox.faults.freeze()
    const lastMs = await scene.familyGone('work', Number(pid))
    const renewedAtMs = Date.parse(stored()!.renewTime)
    expect(lastMs - renewedAtMs).toBeGreaterThan(2_000)
    expect(lastMs - renewedAtMs).toBeLessThan(LEASE_MS)
    thaw()
    await joined.told('started-leading', 2)
  })
})

describe('a join that is', () => {
  it.each([
    ['stopped', 'SIGSTOP'],
    ['killed', 'SIGKILL'],
  ] as const)('%s leaves nothing running when its lease runs out', async (_name, signal) => {
    const joined = joinJson('--', ...scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    joined.kill(signal)
    const lastMs = await scene.familyGone('work', Number(pid))
    const renewedAtMs = Date.parse(stored()!.renewTime)
    expect(lastMs - renewedAtMs).toBeLessThan(LEASE_MS)
    expect(stored()?.holderIdentity).not.toBe('')
  })

  it('stopped past its lease wakes knowing that it does not lead', async () => {
    const joined = joinJson('--once')
    await joined.told('started-leading')
    joined.kill('SIGSTOP')
    const heldBy = stored()!.holderIdentity
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const wokenAtMs = Date.now()
    joined.kill('SIGCONT')
    const { time, reason } = await joined.told('stopped-leading')
    expect(reason).toBe('deadline')
    expect(Date.parse(time) - wokenAtMs).toBeLessThan(1_000)
    expect(await joined.finished).toBe(75)
    expect(stored()!.leaseTransitions).toBe(0)
    expect(heldBy).not.toBe('')
  })

  it.each([
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const)('left without its watchdog (%s) ends the command, releases, and says so', async (_name, signal) => {
    const joined = joinJson('--', ...scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    process.kill(joined.watchdogPid(), signal)
    expect(await joined.finished).toBe(125)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(joined.stderr).toMatch(/^Error: The watchdog process was stopped or killed, so the command was killed\.$/m)
    expect(stored()).toMatchObject({ holderIdentity: '' })
  })
})

describe('Ctrl-C', () => {
  it.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)('%s leaves in good order: the command first, then the lease', async (signal) => {
    const joined = joinJson('--', ...scene.family('work'))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    joined.kill(signal)
    expect(await joined.finished).toBe(130)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(joined.types().slice(-3)).toEqual(['command-exited', 'stopped-leading', 'released'])
    expect(Date.parse(stored()!.renewTime)).toBeGreaterThanOrEqual(scene.lastSeenMs('work')!)
    expect(stored()).toMatchObject({ holderIdentity: '' })
  })

  it('gives the command its time, keeps the lease meanwhile, and its code counts', async () => {
    const joined = joinJson('--', 'sh', '-c', 'trap "sleep 3; exit 9" TERM; while :; do sleep 0.05; done')
    await joined.told('command-started')
    await new Promise((resolve) => setTimeout(resolve, 300))
    joined.kill('SIGINT')
    const interruptedAtMs = Date.now()
    await eventually('a renewal while it ends', () => Date.parse(stored()!.renewTime) > interruptedAtMs + 1_000)
    expect(stored()!.holderIdentity).not.toBe('')
    expect(await joined.finished).toBe(9)
    expect(stored()!.holderIdentity).toBe('')
  })

  it('twice is quick, and leaves no command running', async () => {
    const joined = joinJson('--', ...scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await scene.familyRuns('work')
    joined.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const secondAtMs = Date.now()
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect((await scene.familyGone('work', Number(pid))) - secondAtMs).toBeLessThan(1_000)
  })

  it('ends a standby with 130', async () => {
    plant('somebody-else')
    const joined = joinJson('--yes')
    await joined.told('new-leader')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(stored()).toMatchObject({ holderIdentity: 'somebody-else' })
  })

  it('with --no-release leaves the lease to run out', async () => {
    const joined = joinJson('--no-release', '--id', 'me')
    await joined.told('started-leading')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(stored()).toMatchObject({ holderIdentity: 'me' })
  })
})

describe('two of them', () => {
  it('hand over as soon as one leaves', async () => {
    const first = joinJson()
    await first.told('started-leading')
    const second = joinJson('--yes')
    await second.told('new-leader')
    first.kill('SIGINT')
    const { time } = await second.told('started-leading')
    const stoppedAt = (await first.told('stopped-leading')).time
    expect(Date.parse(time) - Date.parse(stoppedAt)).toBeLessThan(1_000)
    expect(Date.parse(time)).toBeGreaterThanOrEqual(Date.parse(stoppedAt))
    expect(await first.finished).toBe(130)
  })

  it('share what --max-hold limits', async () => {
    const first = joinJson('--max-hold', '500ms', '--once')
    await first.told('started-leading')
    const second = joinJson('--yes')
    expect(await first.finished).toBe(0)
    expect(first.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'max-hold' })
    await second.told('started-leading')
  })
})

describe('nothing is written where', () => {
  it.each([
    ['a duration is none', ['--lease-duration', 'soon'], 2, /"soon" is not a duration/],
    ['a lease duration is no whole number of seconds', ['--lease-duration', '1500ms'], 2, /--lease-duration must be a whole number of seconds/],
    ['the timings do not fit', ['--renew-deadline', '15s'], 2, /--lease-duration must be greater than --renew-deadline/],
    ['the retry period is too long', ['--retry-period', '9s'], 2, /--renew-deadline must be greater than --retry-period/],
    ['the identity is empty', ['--id', ''], 2, /--id must not be empty/],
    ['the identity is a placeholder', ['--id', 'kubectl-leader-failover_x'], 2, /--id must not start with/],
    ['a flag is unknown', ['--takeover'], 2, /unknown option/],
    ['a port is none', ['--http', 'host:port'], 2, /is not a port/],
    ['the bad usage is beside a command', ['--lease-duration', '1500ms', '--', 'true'], 2, /whole number of seconds/],
    ['no server answers', ['-s', 'http://127.0.0.1:1'], 3, /127\.0\.0\.1:1/],
    ['no server answers, beside a command', ['-s', 'http://127.0.0.1:1', '--', 'true'], 125, /127\.0\.0\.1:1/],
    ['it is a heartbeat', ['-n', 'kube-node-lease'], 2, /is a node's heartbeat\. .*--force/],
    ['the namespace is missing', ['-n', 'nowhere'], 3, /nowhere/],
  ])('%s', async (_name, args, code, said) => {
    const joined = join(...args)
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toMatch(said)
    expect(stored()).toBeUndefined()
  })

  it.each([
    ['get', ['create', 'update']],
    ['update', ['get', 'create']],
    ['create', ['get', 'update']],
  ])('%s is not allowed, and says so', async (missing, verbs) => {
    sandbox.addUser({ name: 'limited', rules: [{ verbs, apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] })
    await writeFile(scene.file('config'), JSON.stringify(sandbox.kubeconfig({ user: 'limited' })))
    const joined = join()
    expect(await joined.finished).toBe(4)
    expect(joined.stderr).toMatch(new RegExp(`^Error: You are not allowed to ${missing} leases\\.coordination\\.k8s\\.io`))
    expect(stored()).toBeUndefined()
  })

  it('others run the election, nobody agrees, and nobody can be asked', async () => {
    plant('pod-a')
    const before = stored()
    const joined = join()
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/held by pod-a\. When this candidate leads, they stop their work, .* for at most 10m .*--yes/)
    expect(stored()).toEqual(before)
  })

  it.each([
    ['it is coordinated', { strategy: 'OldestEmulationVersion' }, /coordinated election/],
    ['it is half of a multi-lock', {}, /half of a multi-lock: its candidates hold the configmap of that name/],
  ])('%s, whoever agrees', async (_name, spec, said) => {
    plant('pod-a', spec)
    const record = JSON.stringify({ holderIdentity: 'pod-a', leaseDurationSeconds: 15 })
    const metadata = { namespace: 'default', name, annotations: { 'control-plane.alpha.kubernetes.io/leader': record } }
    if (Object.keys(spec).length === 0) sandbox.plant('configmaps', { metadata })
    const before = stored()
    const joined = join('--yes', '--force', '--', 'true')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(said)
    expect(stored()).toEqual(before)
    sandbox.uproot('configmaps', 'default', name)
  })
})

describe('a Role without watch and events', () => {
  it('is enough', async () => {
    sandbox.addUser({ name: 'least', rules: [{ verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] })
    await writeFile(scene.file('config'), JSON.stringify(sandbox.kubeconfig({ user: 'least' })))
    const joined = joinJson('--', 'true')
    expect(await joined.finished).toBe(0)
    expect(joined.types()).not.toContain('error')
  })
})

describe('Events', () => {
  it('are left as client-go does, where they may be', async () => {
    const joined = joinJson('--id', 'me', '--', 'true')
    expect(await joined.finished).toBe(0)
    const answer = await fetch(`${sandbox.url}/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${name}`, {
      headers: { Authorization: `Bearer ${sandbox.token}` },
    })
    const { items } = (await answer.json()) as { items: Record<string, unknown>[] }
    expect(items.map(({ reason, message, type }) => ({ reason, message, type }))).toEqual(
      expect.arrayContaining([
        { reason: 'LeaderElection', message: 'me became leader', type: 'Normal' },
        { reason: 'LeaderElection', message: 'me stopped leading', type: 'Normal' },
      ]),
    )
  })
})

describe('the sidecar', () => {
  it('tells over HTTP who leads, and listens for a readiness probe only while it does', async () => {
    const [http, ready] = [await freePort(), await freePort()]
    plant('pod-a')
    const joined = joinJson('--id', 'me', '--yes', '--http', String(http), '--ready-port', String(ready))
    await joined.told('new-leader')
    const ask = async (path: string, port = http): Promise<{ status: number; body: string }> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: answer.status, body: await answer.text() }
    }
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"pod-a"}\n' })
    expect(await ask('/leader')).toMatchObject({ status: 503 })
    expect(await ask('/readyz')).toEqual({ status: 200, body: 'ok\n' })
    await expect(ask('/', ready)).rejects.toThrow()

    plant('', { leaseDurationSeconds: 1 })
    await joined.told('started-leading')
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"me"}\n' })
    expect(await ask('/leader')).toMatchObject({ status: 200 })
    expect((await ask('/metrics')).body).toContain(`leader_election_master_status{name="${name}"} 1\n`)
    expect(await ask('/leader', ready)).toMatchObject({ status: 200 })

    plant('pod-b')
    await joined.told('stopped-leading')
    await expect(ask('/', ready)).rejects.toThrow()
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"pod-b"}\n' })
  })

  it('is refused where its port is taken, before anything is written', async () => {
    const joined = join('--http', `127.0.0.1:${sandbox.port}`)
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toContain(`Cannot listen on 127.0.0.1:${sandbox.port}: it is in use.`)
    expect(stored()).toBeUndefined()
  })
})

describe('in Redis', () => {
  it('a server that is down is said to be', async () => {
    const joined = scene.start([`redis://127.0.0.1:${await freePort()}/0?key=x`], {})
    expect(await joined.finished).toBe(3)
    expect(joined.stderr).toMatch(/^Error: redis:\/\/127\.0\.0\.1:\d+\/0 refused the connection\./)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
