import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isGroupAlive } from '../support/join-scene.ts'
import { JoinSuite, LEASE_MS } from '../support/join-suite.ts'

/** `join` as it ships, as a user runs it. */
const suite = new JoinSuite()

describe('a command', () => {
  it("runs while leading, gets the election in its environment, and its exit code is join's", async () => {
    const joined = suite.joinJson('--id', 'me', '--', 'sh', '-c', 'echo "$LEADER_NAME $LEADER_NAMESPACE $LEADER_IDENTITY $LEADER_FENCING_TOKEN"; exit 7')
    expect(await joined.finished).toBe(7)
    expect(joined.types()).toEqual([
      ...['candidate', 'new-leader', 'started-leading', 'command-started', 'command-exited', 'stopped-leading', 'released'],
    ])
    const { fencingToken } = await joined.told('started-leading')
    expect(joined.stderr).toBe(`${suite.name} default me ${String(fencingToken)}\n`)
    expect(joined.lines.find(({ type }) => type === 'command-exited')).toMatchObject({ identity: 'me', exitCode: 7 })
    expect(joined.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'work-ended' })
    expect(suite.stored()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('has stdin and stdout to itself', async () => {
    const joined = suite.join('--', 'cat')
    setTimeout(() => joined.child.stdin!.end('a line\n'), 500)
    expect(await joined.finished).toBe(0)
    expect(joined.stdout).toBe('a line\n')
    expect(joined.stderr).toMatch(/started-leading .*\n.*command-started .*\n.*command-exited +with code 0\n.*stopped-leading .*\n.*released/)
  })

  it.each([
    ['there is none', ['no-such-command'], 127, /Cannot run no-such-command: command not found\./],
    ['it is no program', ['/etc/passwd'], 126, /Cannot run \/etc\/passwd: .*EACCES/],
    ['a signal ends it', ['sh', '-c', 'kill -9 $$'], 137, /command-exited +by SIGKILL/],
  ])('has the code a shell would give where %s', async (_name, command, code, said) => {
    const joined = suite.join('--', ...command)
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toMatch(said)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it('may flood its output', async () => {
    const joined = suite.join('--', 'sh', '-c', 'yes 0123456789 | head -c 20000000')
    expect(await joined.finished).toBe(0)
    expect(joined.stdout.length).toBe(20_000_000)
  })

  it('that ends takes what it left behind with it, before the lease is released', async () => {
    const joined = suite.joinJson('--', 'sh', '-c', '(trap "sleep 0.5; exit" TERM; while :; do sleep 0.1; done) & sleep 0.3')
    const { pid } = await joined.told('command-started')
    await joined.told('command-exited')
    expect(suite.stored()).not.toMatchObject({ holderIdentity: '' })
    expect(await joined.finished).toBe(0)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })
})

describe('two of them', () => {
  it('hand over as soon as one leaves', async () => {
    const first = suite.joinJson()
    await first.told('started-leading')
    const second = suite.joinJson('--yes')
    await second.told('new-leader')
    first.kill('SIGINT')
    const { time } = await second.told('started-leading')
    const stoppedAt = (await first.told('stopped-leading')).time
    expect(Date.parse(time) - Date.parse(stoppedAt)).toBeLessThan(LEASE_MS)
    expect(Date.parse(time)).toBeGreaterThanOrEqual(Date.parse(stoppedAt))
    expect(await first.finished).toBe(130)
  })

  it('share what --max-hold limits', async () => {
    const first = suite.joinJson('--max-hold', '500ms', '--once')
    await first.told('started-leading')
    const second = suite.joinJson('--yes')
    expect(await first.finished).toBe(0)
    expect(first.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'max-hold' })
    await second.told('started-leading')
  })
})

describe('--confirm', () => {
  it('asks before it joins with a command', async () => {
    const joined = suite.join('--confirm', '--', 'true')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/^Error: The election lease .* in context .*, and this one runs true, until you stop it\. To join without a question, omit --confirm\. No changes were made\.\n$/)
  })

  it('contradicts --yes', async () => {
    const joined = suite.join('--confirm', '--yes', '--', 'true')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/'--confirm' cannot be used with option '--yes'/)
  })
})

describe('nothing is written where', () => {
  it.each([
    ['a duration is none', ['--lease-duration', 'soon'], 2, /"soon" is not a valid duration/],
    ['a lease duration is no whole number of seconds', ['--lease-duration', '1500ms'], 2, /--lease-duration must be a whole number of seconds/],
    ['the timings do not fit', ['--renew-deadline', '15s'], 2, /--lease-duration must be greater than --renew-deadline/],
    ['the retry period is too long', ['--retry-period', '9s'], 2, /--renew-deadline must be greater than --retry-period/],
    ['the identity is empty', ['--id', ''], 2, /--id must not be empty/],
    ['the identity is a placeholder', ['--id', 'kubectl-leader-failover_x'], 2, /--id must not start with/],
    ['a flag is unknown', ['--takeover'], 2, /unknown option/],
    ['a port is none', ['--http', 'host:port'], 2, /is not a valid port/],
    ['the bad usage is beside a command', ['--lease-duration', '1500ms', '--', 'true'], 2, /whole number of seconds/],
    ['no server answers', ['-s', 'http://127.0.0.1:1'], 3, /127\.0\.0\.1:1/],
    ['no server answers, beside a command', ['-s', 'http://127.0.0.1:1', '--', 'true'], 125, /127\.0\.0\.1:1/],
    ['it is a heartbeat', ['-n', 'kube-node-lease'], 2, /is a node's heartbeat\. .*--force/],
    ['the namespace is missing', ['-n', 'nowhere'], 3, /nowhere/],
  ])('%s', async (_name, args, code, said) => {
    const joined = suite.join(...args)
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toMatch(said)
    expect(suite.stored()).toBeUndefined()
  })

  it.each([
    ['get', ['create', 'update']],
    ['update', ['get', 'create']],
    ['create', ['get', 'update']],
  ])('%s is not allowed, and says so', async (missing, verbs) => {
    suite.sandbox.addUser({ name: 'limited', rules: [{ verbs, apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] })
    await suite.use('limited')
    const joined = suite.join()
    expect(await joined.finished).toBe(4)
    expect(joined.stderr).toMatch(new RegExp(`^Error: You are not allowed to ${missing} leases\\.coordination\\.k8s\\.io`))
    expect(suite.stored()).toBeUndefined()
  })

  it('the election becomes a coordinated one during standby', async () => {
    suite.plant('pod-a')
    const joined = suite.joinJson('--yes')
    await joined.told('new-leader')
    suite.plant('pod-a', { strategy: 'OldestEmulationVersion' })
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/^Error: .*coordinated election/)
    expect(suite.stored()).toMatchObject({ holderIdentity: 'pod-a' })
  })

  it('others run the election, and there is nobody to ask', async () => {
    suite.plant('pod-a')
    const before = suite.stored()
    const joined = suite.join()
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/held by pod-a\. While this candidate is the leader, the other candidates do no work, .* for at most 10m .*--yes/)
    expect(suite.stored()).toEqual(before)
  })

  it.each([
    ['its holder has no lease duration', { leaseDurationSeconds: null }, {}, /no lease duration.* pod-a has stopped\. .*--force/],
    ["it is the lock of a program's own", {}, { labels: { tfstate: 'true' }, name: 'lock-tfstate-default-x' }, /is used for something other than leader election\..*--force/],
    ['it is being deleted', {}, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] }, /is being deleted\. .*when a\.b\/c is removed from its finalizers/],
  ])('%s', async (_name, spec, metadata, said) => {
    if ('name' in metadata) suite.name = metadata.name!
    suite.plant('pod-a', spec, metadata)
    const before = suite.stored()
    const joined = suite.join('--yes', '--', 'true')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(said)
    expect(joined.stderr).toMatch(/No changes were made\.$/m)
    expect(suite.stored()).toEqual(before)
  })

  it.each([
    ['it is coordinated', { strategy: 'OldestEmulationVersion' }, /coordinated election/],
    ['it is half of a multi-lock', {}, /half of a multi-lock: its candidates also hold the configmap of that name/],
  ])('%s, whoever agrees', async (_name, spec, said) => {
    suite.plant('pod-a', spec)
    const record = JSON.stringify({ holderIdentity: 'pod-a', leaseDurationSeconds: 15 })
    const metadata = { namespace: 'default', name: suite.name, annotations: { 'control-plane.alpha.kubernetes.io/leader': record } }
    if (Object.keys(spec).length === 0) suite.sandbox.plant('configmaps', { metadata })
    const before = suite.stored()
    const joined = suite.join('--yes', '--force', '--', 'true')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(said)
    expect(suite.stored()).toEqual(before)
    suite.sandbox.uproot('configmaps', 'default', suite.name)
  })
})

describe('a Role without watch and events', () => {
  it('is enough', async () => {
    suite.sandbox.addUser({ name: 'least', rules: [{ verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] })
    await suite.use('least')
    const joined = suite.joinJson('--', 'true')
    expect(await joined.finished).toBe(0)
    expect(joined.types()).not.toContain('error')
  })
})

describe('a quota or a policy that denies the lease', () => {
  it("is reported once, in the server's words, and retried until the write is allowed", async () => {
    const message = 'leases.coordination.k8s.io "x" is forbidden: exceeded quota: q, requested: count/leases.coordination.k8s.io=1'
    suite.sandbox.faults.error({ method: 'POST', path: /leases$/, code: 403, message, times: 2 })
    const joined = suite.joinJson('--', 'true')
    expect(await joined.finished).toBe(0)
    const errors = joined.lines.filter(({ type }) => type === 'error')
    expect(errors).toHaveLength(1)
    expect(errors[0]!.reason).toContain('exceeded quota: q')
    expect(errors[0]!.reason).not.toMatch(/not allowed|Role/)
    expect(joined.types()).toContain('started-leading')
  })
})

describe('Events', () => {
  it("are written like client-go's, if that is allowed", async () => {
    const joined = suite.joinJson('--id', 'me', '--', 'true')
    expect(await joined.finished).toBe(0)
    const answer = await fetch(`${suite.sandbox.url}/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${suite.name}`, {
      headers: { Authorization: `Bearer ${suite.sandbox.token}` },
    })
    const { items } = (await answer.json()) as { items: Record<string, unknown>[] }
    expect(items.map(({ reason, message, type }) => ({ reason, message, type }))).toEqual(
      expect.arrayContaining([
        { reason: 'LeaderElection', message: 'me became leader', type: 'Normal' },
        { reason: 'LeaderElection', message: 'me stopped leading', type: 'Normal' },
        { reason: 'LeaderElectionCandidate', message: 'me left the election', type: 'Normal' },
      ]),
    )
  })
})

describe('the sidecar', () => {
  it('tells over HTTP who leads, and listens for a readiness probe only while it does', async () => {
    const [http, ready] = [await freePort(), await freePort()]
    suite.plant('pod-a')
    const joined = suite.joinJson('--id', 'me', '--yes', '--http', String(http), '--ready-port', String(ready))
    await joined.told('new-leader')
    const ask = async (path: string, port = http): Promise<{ status: number; body: string }> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: answer.status, body: await answer.text() }
    }
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"pod-a"}\n' })
    expect(await ask('/leader')).toMatchObject({ status: 503 })
    expect(await ask('/readyz')).toEqual({ status: 200, body: 'ok\n' })
    await expect(ask('/', ready)).rejects.toThrow()

    suite.plant('', { leaseDurationSeconds: 1 })
    await joined.told('started-leading')
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"me"}\n' })
    expect(await ask('/leader')).toMatchObject({ status: 200 })
    expect((await ask('/metrics')).body).toContain(`leader_election_master_status{name="${suite.name}"} 1\n`)
    expect(await ask('/leader', ready)).toMatchObject({ status: 200 })

    suite.plant('pod-b')
    await joined.told('stopped-leading')
    await expect(ask('/', ready)).rejects.toThrow()
    expect(await ask('/')).toEqual({ status: 200, body: '{"name":"pod-b"}\n' })
  })

  it.each([['--http'], ['--ready-port']])('is refused where the port of %s is taken, before anything is written', async (flag) => {
    const { port, close } = await takenPort()
    const joined = suite.join(flag, String(port))
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(new RegExp(`^Error: Cannot listen on .*${port}: it is in use\\.`))
    expect(suite.stored()).toBeUndefined()
    await close()
  })
})

it('is refused where --http and --ready-port are the same port, before anything is written', async () => {
  const port = String(await freePort())
  const joined = suite.join('--http', port, '--ready-port', port)
  expect(await joined.finished).toBe(2)
  expect(joined.stderr).toMatch(new RegExp(`^Error: Cannot listen on .*${port}: it is in use\\.`))
  expect(suite.stored()).toBeUndefined()
})

describe('in Redis', () => {
  it('a server that is down is reported', async () => {
    const joined = suite.scene.start([`redis://127.0.0.1:${await freePort()}/0?key=x`], {})
    expect(await joined.finished).toBe(3)
    expect(joined.stderr).toMatch(/^Error: redis:\/\/127\.0\.0\.1:\d+\/0 refused the connection\./)
  })
})

async function freePort(): Promise<number> {
  const { port, close } = await takenPort('127.0.0.1')
  await close()
  return port
}

async function takenPort(host?: string): Promise<{ port: number; close: () => Promise<unknown> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve))
  const { port } = server.address() as { port: number }
  return { port, close: () => new Promise((resolve) => server.close(resolve)) }
}
