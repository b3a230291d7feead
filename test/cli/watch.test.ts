import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { LEADER_ANNOTATION } from '../../shared/lease/record.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { fakeSession, type FakeSession } from '../support/fake-session.ts'

/** The command, on a sandbox, without a terminal. */
let sandbox: Sandbox
let folder: string
let running: FakeSession

beforeEach(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
  for (const namespace of ['default', 'shop']) sandbox.plant('namespaces', { metadata: { name: namespace } })
  plant('default', 'one', 'pod-a')
  plant('default', 'two', 'pod-a', { labels: { app: 'x' } })
  plant('shop', 'three', 'pod-a')
  const record = JSON.stringify({ holderIdentity: 'old', leaseDurationSeconds: 15, leaderTransitions: 4 })
  sandbox.plant('configmaps', { metadata: { namespace: 'default', name: 'two', annotations: { [LEADER_ANNOTATION]: record } } })
})
afterEach(async () => {
  running.interrupt()
  await sandbox.close()
  await rm(folder, { recursive: true })
})

let renewals = 0
function plant(namespace: string, name: string, holderIdentity: string, metadata: object = {}): void {
  const renewTime = new Date(Date.UTC(2020, 0, 1) + ++renewals).toISOString()
  sandbox.plant('leases.coordination.k8s.io', {
    metadata: { namespace, name, ...metadata },
    spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 1, renewTime },
  })
}

function watch(...args: readonly string[]): Promise<number> {
  running = fakeSession({ clock: systemClock, env: { KUBECONFIG: join(folder, 'config') } })
  return run(running.session, ['watch', ...args])
}

async function printed(text: string | RegExp): Promise<void> {
  for (let tries = 0; !running.stdout().match(text); tries++) {
    if (tries > 1000) throw new Error(`${String(text)} was not printed, but ${running.stdout()}${running.stderr()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const named = (): string => (running.stdout().match(/(?<=added +)[^ ]+/g) ?? []).sort().join(' ')

describe('watching', () => {
  it.each([
    [[], 'default/one default/two'],
    [['-A'], 'default/one default/two shop/three'],
    [['-n', 'shop'], 'shop/three'],
    [['-l', 'app=x'], 'default/two'],
    [['one'], 'default/one'],
    [['one', 'two'], 'default/one default/two'],
    [['-A', 'three'], 'shop/three'],
    [['two', '--lock', 'all'], 'default/configmap/two default/two'],
    [['cm/two'], 'default/configmap/two'],
    [['lease/one', 'cm/two'], 'default/configmap/two default/one'],
  ])('%j begins with what there is', async (args, expected) => {
    const ended = watch(...args)
    await printed(/ connected /)
    expect(named()).toBe(expected)
    running.interrupt()
    expect(await ended).toBe(130)
  })

  it('says that a named election does not exist yet, and waits for it', async () => {
    const ended = watch('one', 'nosuch', '-o', 'text')
    await printed(/ connected /)
    plant('default', 'nosuch', 'pod-a')
    await printed(/added +default\/nosuch/)
    expect(running.stderr()).toBe('There is no lease "nosuch" in namespace "default" yet. Waiting until it is created.\n')
    running.interrupt()
    await ended
  })

  it('tells what happens, as it happens', async () => {
    const ended = watch('-o', 'json', '--renewals')
    await printed(/"type":"connected"/)
    plant('default', 'one', 'pod-a')
    await printed(/"type":"renewed"/)
    plant('default', 'one', 'pod-b')
    await printed(/"type":"acquired"/)
    sandbox.uproot('leases.coordination.k8s.io', 'default', 'one')
    await printed(/"type":"deleted"/)
    running.interrupt()
    await ended
    const types = running.stdout().split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types).toEqual(['added', 'added', 'connected', 'renewed', 'acquired', 'deleted'])
    expect(running.stderr()).toBe('')
  })

  it('polls an election that may only be read by name, reports changes, and says once that it polls and why', async () => {
    const mine = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['one'], namespaces: ['default'] }
    sandbox.addUser({ name: 'few', rules: [{ verbs: ['get', 'update'], ...mine }] })
    await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig({ user: 'few' })))
    const ended = watch('one')
    await printed(/ connected /)
    plant('default', 'one', 'pod-b')
    await printed(/acquired .*pod-b/)
    running.interrupt()
    expect(await ended).toBe(130)
    expect(running.stderr()).toBe(
      'You are not allowed to list the lease "one" in namespace "default", so it is read every 1s instead of being watched.\n',
    )
  })

  it('says when the connection is lost, and when it is back', async () => {
    const ended = watch()
    await printed(/ connected /)
    await sandbox.stopListening()
    await printed(/ disconnected .*data is stale/)
    await sandbox.listen()
    await printed(/disconnected [^]* connected /)
    running.interrupt()
    await ended
  })

  it('ends with 0 after its duration', async () => {
    expect(await watch('--duration', '200ms')).toBe(0)
    expect(named()).toBe('default/one default/two')
  })

  it('says so if the server does not answer for that long', async () => {
    sandbox.faults.freeze()
    expect(await watch('--duration', '200ms')).toBe(3)
    expect(running.stderr()).toMatch(/did not answer within/)
  })

  it.each([
    ['refuses the user', 4, () => sandbox.addUser({ name: 'nobody', rules: [] }), 'nobody'],
    ['does not know the user', 3, () => sandbox.revokeToken('gone'), 'gone'],
  ])('ends at once where the server %s', async (_, code, prepare, user) => {
    sandbox.addUser({ name: user, rules: [] })
    await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig({ user })))
    prepare()
    expect(await watch()).toBe(code)
    expect(running.stdout()).toBe('')
  })

  it.each([[['Bad_Name']], [['--duration', 'soon']], [['--category', 'x']], [['-o', 'yaml']], [['--nonsense']]])(
    'refuses %j',
    async (args) => {
      expect(await watch(...args)).toBe(2)
    },
  )
})
