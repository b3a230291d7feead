import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followLeaderLog, readLeaderLog, type LogOptions } from '../../shared/actions/logs.ts'
import type { LogNotice } from '../../shared/actions/log-notice.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }
const TARGET = { lock: 'lease', namespace: 'default', name: 'web' } as const

let sandbox: Sandbox
let client: ApiClient
let stop: AbortController
let transitions = 0

beforeEach(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox)
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  client.close()
  await sandbox.close()
})

const now = (): string => new Date().toISOString().replace('Z', '000Z')

function lead(holderIdentity: string, spec: object = {}): void {
  transitions += holderIdentity === '' ? 0 : 1
  sandbox.plant('leases.coordination.k8s.io', {
    metadata: { name: 'web' },
    spec: { holderIdentity, leaseDurationSeconds: 3600, leaseTransitions: transitions, acquireTime: now(), renewTime: now(), ...spec },
  })
}

/** Plants a Pod whose container runs as the run of this number; null: it has not started yet. */
function plantPod(name: string, run: number | null = 0, containers: readonly string[] = ['app'], annotations: object = {}): void {
  const state = run === null ? { waiting: { reason: 'ContainerCreating' } } : { running: { startedAt: now() } }
  const containerID = run === null ? '' : `sandbox://${name}-${run}`
  sandbox.plant('pods', {
    metadata: { name, annotations, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeName: 'node-a', containers: containers.map((each) => ({ name: each, image: 'x' })) },
    status: { phase: 'Running', containerStatuses: containers.map((each) => ({ name: each, state, containerID, restartCount: run ?? 0 })) },
  })
}

const write = (pod: string, text: string, container = 'app'): void => sandbox.logs.write({ namespace: 'default', pod, container }, text)

interface Heard {
  readonly lines: () => string
  readonly notices: LogNotice[]
  readonly ended: Promise<unknown>
  heard(text: string): Promise<void>
  noticed(notice: object): Promise<void>
}

function listen(run: (listener: { onNotice(notice: LogNotice): void; onPiece(piece: { bytes: Buffer }): void }) => Promise<unknown>): Heard {
  const notices: LogNotice[] = []
  let lines = ''
  const ended = run({ onNotice: (notice) => void notices.push(notice), onPiece: ({ bytes }) => void (lines += bytes.toString()) }).catch(
    (error: unknown) => error,
  )
  return {
    lines: () => lines,
    notices,
    ended,
    heard: (text) => expect.poll(() => lines, PATIENCE).toContain(`${text}\n`),
    noticed: (notice) => expect.poll(() => notices, PATIENCE).toContainEqual(expect.objectContaining(notice)),
  }
}

const follow = (options: Omit<LogOptions, 'signal'> = {}): Heard =>
  listen((listener) => followLeaderLog(client, systemClock, TARGET, listener, { ...options, signal: stop.signal }))
const read = (options: Omit<LogOptions, 'signal'> & { isPrevious?: boolean } = {}): Heard =>
  listen((listener) => readLeaderLog(client, systemClock, TARGET, listener, { ...options, signal: stop.signal }))

describe('following the leader', () => {
  it('begins with all that the first leader wrote, or as much of it as was asked for', async () => {
    plantPod('a')
    lead('a')
    for (const line of ['one', 'two', 'three']) write('a', line)
    const whole = follow()
    const tail = follow({ tailLines: 1 })
    await whole.heard('three')
    await tail.heard('three')
    expect([whole.lines(), tail.lines()]).toEqual(['one\ntwo\nthree\n', 'three\n'])
  })

  it('waits if there is no leader, and says so', async () => {
    lead('')
    const logs = follow()
    await logs.noticed({ type: 'no-leader', why: 'free' })
    plantPod('a')
    lead('a_1')
    write('a', 'leading')
    await logs.heard('leading')
    expect(logs.notices.map(({ type }) => type)).toEqual(['no-leader', 'leader'])
  })

  it('waits for a container that has not started, and says why', async () => {
    plantPod('a', null)
    lead('a')
    const logs = follow()
    await logs.noticed({ type: 'notRunning', reason: 'ContainerCreating' })
    plantPod('a')
    write('a', 'started')
    await logs.heard('started')
  })

  it('goes on with the leader that comes back, with no line twice', async () => {
    for (const pod of ['a', 'b']) plantPod(pod)
    lead('a_1')
    write('a', 'a leads')
    const logs = follow()
    await logs.heard('a leads')
    lead('b_1')
    write('b', 'b leads')
    await logs.heard('b leads')
    lead('a_2')
    write('a', 'a leads again')
    await logs.heard('a leads again')
    expect(logs.lines()).toBe('a leads\nb leads\na leads again\n')
  })

  it('says that the Pod of the next leader was not found, and waits for a leader with a Pod', async () => {
    for (const pod of ['a', 'b']) plantPod(pod)
    lead('a')
    const logs = follow()
    await logs.noticed({ type: 'leader', identity: 'a' })
    lead('laptop')
    await logs.noticed({ type: 'notAPod', identity: 'laptop' })
    lead('b')
    write('b', 'b leads')
    await logs.heard('b leads')
  })

  it('continues with the same log while a failover blocks the lease', async () => {
    plantPod('a')
    lead('a')
    write('a', 'before')
    const logs = follow()
    await logs.heard('before')
    lead('kubectl-leader-failover_1')
    write('a', 'within')
    await logs.heard('within')
    expect(logs.notices.map(({ type }) => type)).toEqual(['leader'])
  })

  it('shows what a leader wrote that took over while the connection was lost', async () => {
    for (const pod of ['a', 'b']) plantPod(pod)
    lead('a')
    write('a', 'a leads')
    const logs = follow()
    await logs.heard('a leads')
    await sandbox.stopListening()
    await logs.noticed({ type: 'disconnected' })
    lead('b')
    write('b', 'b leads')
    await sandbox.listen()
    await logs.heard('b leads')
    expect(logs.lines()).toBe('a leads\nb leads\n')
  })

  it('has each line once after a silent connection was closed', async () => {
    plantPod('a')
    lead('a')
    write('a', 'before')
    const logs = follow()
    await logs.heard('before')
    const thaw = sandbox.faults.freeze()
    write('a', 'held back')
    await logs.noticed({ type: 'disconnected' })
    thaw()
    await logs.noticed({ type: 'connected' })
    write('a', 'after')
    await logs.heard('after')
    expect(logs.lines()).toBe('before\nheld back\nafter\n')
  }, 60_000)

  it('ends if reading the log of the next leader is not allowed', async () => {
    const rules = [
      { verbs: ['get', 'list', 'watch'], apiGroups: ['', 'coordination.k8s.io'], resources: ['leases', 'pods'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods/log'], resourceNames: ['a'] },
    ]
    sandbox.addUser({ name: 'limited', rules })
    client = await connectTo(sandbox, { user: 'limited' })
    for (const pod of ['a', 'b']) plantPod(pod)
    lead('a')
    write('a', 'a leads')
    const logs = follow()
    await logs.heard('a leads')
    lead('b')
    write('b', 'b leads')
    expect(await logs.ended).toMatchObject({ kind: 'forbidden', subject: { verb: 'get', resource: 'pods/log', name: 'b' } })
  })
})

describe('the container', () => {
  it.each([
    ['is the first, and the others are named', {}, undefined, 'app', ['app', 'proxy']],
    ['is the one that the annotation names', { 'kubectl.kubernetes.io/default-container': 'proxy' }, undefined, 'proxy', null],
    ['is the one that was asked for', {}, 'proxy', 'proxy', null],
  ])('%s', async (_name, annotations, wanted, expected, defaultedFrom) => {
    plantPod('a', 0, ['app', 'proxy'], annotations)
    for (const container of ['app', 'proxy']) write('a', `of ${container}`, container)
    lead('a')
    const logs = read(wanted === undefined ? {} : { container: wanted })
    expect(await logs.ended).toBeUndefined()
    expect(logs.lines()).toBe(`of ${expected}\n`)
    expect(logs.notices).toMatchObject([{ type: 'leader', container: expected, defaultedFrom }])
  })
})

describe('reading once', () => {
  it('warns if the record has expired', async () => {
    plantPod('a')
    write('a', 'last words')
    lead('a', { leaseDurationSeconds: 15, renewTime: '2026-01-02T00:00:00.000000Z' })
    const logs = read()
    await logs.ended
    expect(logs.notices).toMatchObject([{ type: 'leader' }, { type: 'expired', basis: 'recorded' }])
    expect(logs.lines()).toBe('last words\n')
  })

  it('shows the previous run if that was requested', async () => {
    plantPod('a')
    write('a', 'first run')
    sandbox.logs.end({ namespace: 'default', pod: 'a', container: 'app' })
    write('a', 'second run')
    lead('a')
    const logs = read({ isPrevious: true })
    await logs.ended
    expect(logs.lines()).toBe('first run\n')
  })

  it.each([
    ['there is no leader', () => lead(''), { name: 'NoLeaderLogError', kind: 'free' }],
    ['a failover is under way', () => lead('kubectl-leader-failover_1'), { name: 'NoLeaderLogError', kind: 'free' }],
    ['it is blocked for maintenance', () => lead('kubectl-leader-block_1'), { name: 'NoLeaderLogError', kind: 'free' }],
    ['the Pod of the leader was not found', () => lead('laptop'), { name: 'NoLeaderLogError', kind: 'notAPod' }],
    ['there is no election', () => {}, { name: 'NoLeaderLogError', kind: 'notFound' }],
  ])('says why there is no log: %s', async (_name, plant, expected) => {
    plant()
    expect(await read().ended).toMatchObject(expected)
  })
})
