import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LEADER_ANNOTATION } from '../../shared/lease/record.ts'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import { startLiveCliSandbox, type LiveCliSandbox } from '../support/cli-sandbox.ts'

/** The command, on a sandbox. How it judges is told in test/actions; here is what it asks, prints and ends with. */
const LEASES = 'leases.coordination.k8s.io'
let cli: LiveCliSandbox
let sandbox: Sandbox
let names = 0
let name: string

beforeAll(async () => {
  cli = await startLiveCliSandbox()
  sandbox = cli.sandbox
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(() => {
  name = `election-${++names}`
  plant('pod-a')
})

/** Of one second, so that its holder is soon known to be gone. */
function plant(holderIdentity: string, metadata: object = {}): void {
  sandbox.plant(LEASES, {
    metadata: { namespace: 'default', name, ...metadata },
    spec: { holderIdentity, leaseDurationSeconds: 1, leaseTransitions: 7, renewTime: '2020-01-01T00:00:00.000000Z' },
  })
}

function holder(): string | undefined {
  return (sandbox.peek(LEASES, 'default', name) as { spec: { holderIdentity?: string } }).spec.holderIdentity
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function release(args: readonly string[], options?: Parameters<LiveCliSandbox['start']>[1]): Promise<Ended> {
  const { code, stdout, stderr } = await cli.start(['release', ...args], options)
  return { code: await code, stdout: stdout(), stderr: stderr() }
}

describe('a lease whose holder is gone', () => {
  it('is released with --yes', async () => {
    const { code, stdout, stderr } = await release([name, '--yes'])
    expect(code).toBe(0)
    expect(stdout).toBe(`Released the lease "${name}" in namespace "default". The previous holder was pod-a.\n`)
    expect(stderr).toContain(`Watching the lease "${name}" in namespace "default" for 1s for renewals by pod-a`)
    expect(holder()).toBe('')
  })

  it.each([
    ['y', 0, ''],
    ['YES', 0, ''],
    ['', 2, 'pod-a'],
    ['n', 2, 'pod-a'],
  ])('is released if a person says so (%j)', async (answer, code, holderAfter) => {
    const ended = await release([name], { answer })
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain('pod-a did not renew the lease. This releases the lease')
    expect(ended.stderr).toContain('Release the lease? [y/N] ')
    if (code !== 0) expect(ended.stderr).toContain('Not released. No changes were made.')
    expect(holder()).toBe(holderAfter)
  })

  it('is as -o json says', async () => {
    const { stdout } = await release([name, '--yes', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'Election', name, state: 'released', holderIdentity: '' },
      ...{ previousHolderIdentity: 'pod-a', leaseTransitions: 7, leaseDurationSeconds: 1 },
    })
  })

  it.each(['client', 'server'])('is left alone by --dry-run=%s, which asks nobody', async (where) => {
    const { code, stdout } = await release([name, `--dry-run=${where}`])
    expect(code).toBe(0)
    expect(stdout).toBe(`Would release the lease "${name}" in namespace "default", held by pod-a. No changes were made (${where} dry run).\n`)
    expect(holder()).toBe('pod-a')
  })

  it.each(['configmaps', 'endpoints'])('may be an annotation of %s', async (resource) => {
    const record = { holderIdentity: 'pod-a', leaseDurationSeconds: 1, leaderTransitions: 2, renewTime: '2020-01-01T00:00:00Z' }
    const metadata = { namespace: 'default', name: `in-${resource}`, annotations: { [LEADER_ANNOTATION]: JSON.stringify(record) } }
    sandbox.plant(resource, { metadata })
    expect((await release([`${resource}/in-${resource}`, '--yes'])).code).toBe(0)
    const after = sandbox.peek(resource, 'default', `in-${resource}`) as { metadata: { annotations: Record<string, string> } }
    expect(JSON.parse(after.metadata.annotations[LEADER_ANNOTATION]!)).toMatchObject({ holderIdentity: '', leaderTransitions: 2 })
  })

  it('leaves an Event that says why', async () => {
    sandbox.requests.clear()
    await release([name, '--yes', '--reason', 'node lost'])
    expect(sandbox.requests.list(({ verb, path }) => verb === 'create' && path.includes('/events'))).toHaveLength(1)
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['during a slow read while it watches', 'GET', [], 'Watching', /\nNot released\. No changes were made\.\n$/],
    ['during a slow write', 'PUT', ['--force'], 'This releases', /\nIt is not known whether the lease "election-\d+" in namespace "default" was released\.\n$/],
  ])('%s ends it without an error', async (_, method, flags, until, said) => {
    const running = await cli.start(['release', name, '--yes', ...flags])
    const freeze = (): (() => void) => sandbox.faults.freeze({ method, path: new RegExp(`/leases/${name}`) })
    let thaw = method === 'PUT' ? freeze() : undefined
    await expect.poll(running.stderr).toContain(until)
    thaw ??= freeze()
    await expect.poll(() => sandbox.requests.list((request) => request.method === method && request.code === null && request.path.includes(name))).toHaveLength(1)
    running.interrupt()
    expect(await running.code).toBe(130)
    expect(running.stderr()).toMatch(said)
    expect(running.stderr()).not.toContain('rror')
    thaw()
  })
})

describe('nothing is written', () => {
  it.each<[string, readonly string[], { answer?: string; user?: string }, number, RegExp]>([
    ['without a terminal and without --yes', [], {}, 2, /To confirm, pass --yes\. No changes were made\./],
    ['without the permission', ['--yes'], { user: 'reader' }, 4, /not allowed to update leases\.coordination\.k8s\.io "election-\d+"/],
    ['without the permission, whatever is forced', ['--yes', '--force'], { user: 'reader' }, 4, /not allowed to update/],
  ])('%s', async (_, flags, options, code, said) => {
    const before = sandbox.peek(LEASES, 'default', name)
    const ended = await release([name, ...flags], options)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(said)
    expect(ended.stdout).toBe('')
    expect(sandbox.peek(LEASES, 'default', name)).toBe(before)
  })

  it('where the holder renews', async () => {
    const renewing = setInterval(() => {
      const lease = structuredClone(sandbox.peek(LEASES, 'default', name)) as { metadata: { name: string }; spec: object }
      sandbox.plant(LEASES, { ...lease, spec: { ...lease.spec, renewTime: new Date().toISOString() } })
    }, 50)
    try {
      const { code, stderr } = await release([name, '--yes'])
      expect(code).toBe(2)
      expect(stderr).toContain('pod-a is running')
      expect(holder()).toBe('pod-a')
    } finally {
      clearInterval(renewing)
    }
  })

  it('to a lease that nobody holds', async () => {
    plant('')
    const before = sandbox.peek(LEASES, 'default', name)
    expect(await release([name, '--yes'])).toMatchObject({ code: 0, stderr: `The lease "${name}" in namespace "default" has no holder. Nothing to release.\n` })
    expect(sandbox.peek(LEASES, 'default', name)).toBe(before)
  })

  it.each([
    ['to what is not there', 'missing', 3, /^Error: There is no lease "missing" in namespace "default"\. To list all elections, run: kubectl leader list -A$/m],
    ['to what is no name', 'a/b/c', 2, /is not a valid election name/],
    ['in Redis', 'redis://localhost/0?key=x', 2, /This command does not support Redis/],
  ])('%s', async (_, what, code, said) => {
    const ended = await release([what, '--yes'])
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(said)
  })
})

describe('--force', () => {
  it('does not watch, and says what will probably happen', async () => {
    const { code, stderr } = await release([name, '--yes', '--force'])
    expect(code).toBe(0)
    expect(stderr).not.toContain('Watching')
    expect(stderr).toMatch(/If pod-a is running, it will probably acquire the lease again, or act as leader alongside another candidate for up to 1s/)
    expect(holder()).toBe('')
  })

  it.each([
    ["of a failover's placeholder: the old leader", 'kubectl-leader-failover_1', /The old leader may still be working, and act as leader alongside the next one\. To avoid that risk, leave out --force: release then watches the lease for 1s first\./],
    ['of a block for maintenance: its command', 'kubectl-leader-block_1', /The maintenance may not be over.* To end the block, end its command\. If that command was killed, the block expires on its own within 1s\./],
  ])('names the risk %s', async (_, holderIdentity, said) => {
    plant(holderIdentity)
    const { stderr } = await release([name, '--force', '--dry-run=client'])
    expect(stderr).toContain(`blocked by ${holderIdentity}.`)
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/acquire the lease again|use failover/)
  })

  it("prints no control characters of the holder's identity", async () => {
    plant('\u001b[2Jx\u202e')
    const { stderr, stdout } = await release([name, '--yes', '--force'])
    expect(stderr + stdout).not.toMatch(/[\u001b\u202e]/)
  })
})
