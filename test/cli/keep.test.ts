import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { startLiveCliSandbox, type LiveCliSandbox, type RunningCommand } from '../support/cli-sandbox.ts'

/** The command, on a sandbox and with a real process. When it writes is told in test/keep. */
const LEASES = 'leases.coordination.k8s.io'
let cli: LiveCliSandbox
let sandbox: Sandbox
let names = 0
let name: string
let program: ChildProcess
let renewals: NodeJS.Timeout | undefined
let transitions = 3

beforeAll(async () => {
  cli = await startLiveCliSandbox()
  sandbox = cli.sandbox
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(() => {
  name = `election-${++names}`
  program = spawn('sleep', ['120'])
  renew()
})
afterEach(() => {
  clearInterval(renewals)
  program.kill('SIGKILL')
})

/** As the program would: its own process only stops and runs. */
function renew(spec: object = {}, metadata: object = {}): void {
  const renewTime = new Date(systemClock.wallMs()).toISOString().replace('Z', '000Z')
  sandbox.plant(LEASES, {
    metadata: { namespace: 'default', name, ...metadata },
    spec: { holderIdentity: 'program', leaseDurationSeconds: 10, leaseTransitions: transitions, acquireTime: '2026-01-01T00:00:00.000000Z', renewTime, ...spec },
  })
}

/** Resolves once it has renewed so many times. */
async function renewing(times: number): Promise<void> {
  clearInterval(renewals)
  let count = 0
  renewals = setInterval(() => {
    renew()
    count += 1
  }, 300)
  await expect.poll(() => count, { timeout: 30_000 }).toBeGreaterThanOrEqual(times)
}

function spec(): { holderIdentity: string; renewTime: string } {
  return (sandbox.peek(LEASES, 'default', name) as { spec: { holderIdentity: string; renewTime: string } }).spec
}

const keep = (args: readonly string[], options?: Parameters<LiveCliSandbox['start']>[1]): Promise<RunningCommand> => cli.start(['keep', ...args], options)

const flags = (): string[] => [name, '--pid', String(program.pid), '--identity', 'program']
const printed = async ({ stdout }: RunningCommand, text: string | RegExp): Promise<void> => expect.poll(stdout, { timeout: 30_000 }).toMatch(text)

describe('the lease of a process that is stopped', () => {
  it('is renewed until the process runs again', { timeout: 60_000 }, async () => {
    await renewing(1)
    const kept = await keep([...flags(), '--yes'])
    await printed(kept, 'waiting for process')
    await renewing(4)
    program.kill('SIGSTOP')
    clearInterval(renewals)
    await printed(kept, /keeping +the lease is renewed in the name of program, for at most (10m|9m\d+s) more/)
    const first = spec().renewTime
    await expect.poll(() => spec().renewTime, { timeout: 30_000 }).not.toBe(first)
    expect(sandbox.peek(LEASES, 'default', name)).toMatchObject({ spec: { holderIdentity: 'program', leaseDurationSeconds: 10, leaseTransitions: 3, acquireTime: '2026-01-01T00:00:00.000000Z' } })

    program.kill('SIGCONT')
    await printed(kept, /resumed +process \d+ runs/)
    await renewing(3)
    clearInterval(renewals)
    program.kill('SIGKILL')
    expect(await kept.code).toBe(0)
    expect(kept.stdout()).toMatch(/released +there is no leader until another candidate acquires the lease\n$/)
    expect(spec().holderIdentity).toBe('')
  })

  it('is told as lost if another candidate acquires it, with code 1', { timeout: 60_000 }, async () => {
    await renewing(1)
    const kept = await keep([...flags(), '--yes', '-o', 'json'])
    await printed(kept, '"watching"')
    await renewing(4)
    program.kill('SIGSTOP')
    clearInterval(renewals)
    await printed(kept, '"keeping"')
    renew({ holderIdentity: 'standby\u001b[31m', leaseTransitions: ++transitions, acquireTime: '2026-02-02T00:00:00.000000Z' })
    await printed(kept, '"not-kept"')
    program.kill('SIGKILL')
    expect(await kept.code).toBe(1)
    const events = kept.stdout().trim().split('\n').map((line) => JSON.parse(line) as { type: string; why?: string; holderIdentity?: string })
    expect(events.map(({ type }) => type).filter((type) => type !== 'kept')).toEqual(['plan', 'watching', 'stopped', 'keeping', 'not-kept', 'resumed', 'ended', 'not-released'])
    expect(events.find(({ type }) => type === 'not-kept')).toMatchObject({ why: 'other-holder', holderIdentity: 'standby\u001b[31m' })
    expect(spec().holderIdentity).toBe('standby\u001b[31m')
  })

  it('is left alone by Ctrl-C', { timeout: 60_000 }, async () => {
    const kept = await keep([...flags(), '--yes'])
    await printed(kept, 'waiting for process')
    const before = spec()
    kept.interrupt()
    expect(await kept.code).toBe(130)
    expect(spec()).toEqual(before)
  })
})

describe('before it keeps a lease, the command', () => {
  it('asks, and shows what it will do', { timeout: 30_000 }, async () => {
    const { code, stderr } = await keep(flags(), { answer: 'n' })
    expect(await code).toBe(2)
    expect(stderr()).toContain(`Process:   ${program.pid} (sleep), running\nIdentity:  program, the current holder\n`)
    expect(stderr()).toMatch(/Keep the lease\? \[y\/N] Error: Not kept\. No changes were made\.\n$/)
  })

  it('continues if the user confirms', { timeout: 30_000 }, async () => {
    const kept = await keep(flags(), { answer: 'y' })
    await printed(kept, 'waiting for process')
    kept.interrupt()
    await kept.code
  })

  it.each<[string, () => readonly string[], string]>([
    ['without a terminal', () => flags(), 'To confirm, pass --yes. No changes were made.'],
    ['of a process that is not there', () => [name, '--yes', '--identity', 'program', '--pid', '4194304'], 'There is no process 4194304 on this machine'],
    ['of a process id that is none', () => [name, '--yes', '--identity', 'program', '--pid', '-1'], '"-1" is not a valid process ID.'],
    ['without an identity', () => [name, '--yes', '--pid', String(program.pid), '--identity', ''], '--identity is empty.'],
    ['of a placeholder', () => [name, '--yes', '--pid', String(program.pid), '--identity', 'kubectl-leader-failover_1'], 'is the placeholder of a failover.'],
    ['in Redis', () => ['redis://localhost/0?key=x', ...flags().slice(1), '--yes'], 'does not support Redis'],
  ])('refuses a lease %s', { timeout: 30_000 }, async (_, args, message) => {
    const { code, stderr } = await keep(args())
    expect(await code).toBe(2)
    expect(stderr()).toContain(message)
  })

  it.each<[string, () => void, string]>([
    ['is not a leader election', () => renew({}, { labels: { 'cnpg.io/cluster': 'x' } }), 'is used for something other than leader election. No changes were made.'],
    ['is a coordinated election', () => renew({ strategy: 'OldestEmulationVersion' }), 'is a coordinated election'],
    [
      'is held by a kubectl-leader candidate',
      () => renew({}, { managedFields: [{ manager: 'kubectl-leader', operation: 'Update', fieldsType: 'FieldsV1', apiVersion: 'coordination.k8s.io/v1', fieldsV1: { 'f:spec': { 'f:renewTime': {} } } }] }),
      'is held by a kubectl-leader candidate, which stops leading when another process renews in its name.',
    ],
  ])('refuses a lease that %s', { timeout: 30_000 }, async (_, plant, message) => {
    plant()
    const before = spec()
    const { code, stderr } = await keep([...flags(), '--yes'])
    expect(await code).toBe(2)
    expect(stderr()).toContain(message)
    expect(spec()).toEqual(before)
  })

  it('names the permission that is missing', { timeout: 30_000 }, async () => {
    const { code, stderr } = await keep([...flags(), '--yes'], { user: 'reader' })
    expect(await code).toBe(4)
    expect(stderr()).toContain('update')
  })
})
