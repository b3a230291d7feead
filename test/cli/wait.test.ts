import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { fakeSession } from '../support/fake-session.ts'

/** The command, on a sandbox. How it judges is told in test/actions; here is what it prints and ends with. */
let sandbox: Sandbox
let folder: string

beforeAll(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
  plant('owned', 'pod-a')
  plant('free', '')
  plant('held-back', 'kubectl-leader-failover_x')
  plant('hostile', '\u001b[2J\n\u202e')
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true })
})

function plant(name: string, holderIdentity: string, renewTime = '2020-01-01T00:00:00.000000Z'): void {
  sandbox.plant('leases.coordination.k8s.io', {
    metadata: { namespace: 'default', name },
    spec: { holderIdentity, leaseDurationSeconds: 600, leaseTransitions: 1, renewTime },
  })
}

/** As the administrator, or as a user who may only get one lease. */
async function waitAs(user: string | undefined, ...args: readonly string[]): ReturnType<typeof wait> {
  const config = join(folder, user ?? 'config')
  if (user !== undefined) await writeFile(config, JSON.stringify(sandbox.kubeconfig({ user })))
  return wait(...args, '--kubeconfig', config)
}

async function wait(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { session, stdout, stderr } = fakeSession({ clock: systemClock, env: { KUBECONFIG: join(folder, 'config') } })
  const code = await run(session, ['wait', ...args])
  return { code, stdout: stdout(), stderr: stderr() }
}

/** Writes once the wait has begun to watch. */
async function whileWaiting(args: readonly string[], act: () => void): ReturnType<typeof wait> {
  sandbox.requests.clear()
  const outcome = wait(...args)
  while (sandbox.requests.list(({ verb }) => verb === 'watch').length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  act()
  return outcome
}

describe('a wait that comes true', () => {
  it('polls for a user who may only get that lease, and says so', async () => {
    const rule = { verbs: ['get'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['moving'] }
    sandbox.addUser({ name: 'few', rules: [rule] })
    plant('moving', 'pod-a')
    sandbox.requests.clear()
    const outcome = waitAs('few', 'moving', '--for=holder=pod-b')
    while (sandbox.requests.list(({ verb }) => verb === 'get').length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    plant('moving', 'pod-b', '2020-01-01T00:00:01.000000Z')
    expect(await outcome).toEqual({
      code: 0,
      stdout: 'Lease "moving" in namespace "default" is held by pod-b.\n',
      stderr: 'You are not allowed to list the lease "moving" in namespace "default", so it is read every 1s instead of being watched.\n',
    })
  })

  it.each([
    ['free', 'Lease "free" in namespace "default" is free: it has no holder.\n'],
    ['missing', 'Lease "missing" in namespace "default" is free: it does not exist.\n'],
    ['configmap/missing', 'Configmap "missing" in namespace "default" is free: it does not exist.\n'],
  ])('for %s', async (name, stdout) => {
    expect(await wait(name, '--for=free')).toEqual({ code: 0, stdout, stderr: '' })
  })

  it.each([
    ['held', 'pod-a', 'is held by pod-a'],
    ['holder=pod-a', 'pod-a', 'is held by pod-a'],
    ['changed', 'pod-b', 'is now held by pod-b. The holder at the start was pod-a'],
  ])('for %s, by a write that it sees', async (condition, holder, text) => {
    plant('owned', 'pod-a')
    const outcome = await whileWaiting(['owned', `--for=${condition}`], () => plant('owned', holder, new Date().toISOString()))
    expect(outcome).toEqual({ code: 0, stdout: `Lease "owned" in namespace "default" ${text}.\n`, stderr: '' })
  })
})

describe('a wait that times out', () => {
  it.each([
    ['owned', 'held', 'names pod-a as its holder, but no renewal was observed.'],
    ['owned', 'free', 'names pod-a as its holder, but no renewal was observed.'],
    ['free', 'held', 'has no holder.'],
    ['missing', 'held', 'does not exist.'],
    ['held-back', 'free', 'is blocked by a failover in progress.'],
    ['hostile', 'held', 'names \\x1b[2J\\x0a\\u202e as its holder, but no renewal was observed.'],
  ])('for %s to be %s says what was seen instead, and ends with 1', async (name, condition, text) => {
    plant('owned', 'pod-a')
    expect(await wait(name, `--for=${condition}`, '--timeout=2s')).toEqual({
      code: 1,
      stdout: '',
      stderr: `Timed out after 2s: Lease "${name}" in namespace "default" ${text}\n`,
    })
  })

  it('with --timeout=0 reports what it saw once', async () => {
    const { code, stderr } = await wait('owned', '--for=free', '--timeout=0')
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Lease "owned"/) })
  })
})

describe('machine output', () => {
  it.each([
    ['free', 'free', 0, { name: 'free', holderIdentity: '', state: 'released' }],
    ['missing', 'free', 0, { name: 'missing', holderIdentity: '', state: 'released', warnings: [{ code: 'notFound' }] }],
    ['hostile', 'held', 1, { name: 'hostile', holderIdentity: '\u001b[2J\n\u202e', basis: 'recorded' }],
  ])('is the election as it was seen last: %s', async (name, condition, code, expected) => {
    const outcome = await wait(name, `--for=${condition}`, '--timeout=2s', '-o', 'json')
    expect(outcome.code).toBe(code)
    expect(JSON.parse(outcome.stdout)).toMatchObject({ apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'Election', ...expected })
  })
})

describe('wrong usage ends with 2 and says what would be right:', () => {
  it.each([
    [['owned'], /--for/],
    [['--for=held'], /name/],
    [['owned', '--for=lost'], /--for=held, --for=free, --for=changed or --for=holder=ID/],
    [['owned', '--for=holder='], /--for=holder=ID/],
    [['owned', '--for=held', '--timeout=soon'], /15s/],
    [['owned', '--for=held', '--timeout=-soon'], /15s/],
    [['owned', '--for=held', '--timeout=0'], /checks only once/],
    [['pods/owned', '--for=held'], /lease\/NAME/],
  ])('%j', async (args, message) => {
    const { code, stderr } = await wait(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
