import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ElectionFeed, watchElections } from '../../shared/cluster/elections/election-watch.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { apiPath, LEASES, subjectOf } from '../../shared/cluster/paths.ts'
import type { ViewState } from '../../shared/cluster/list-watch/store.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { type RealCluster, startRealCluster } from '../support/real-cluster.ts'

const PATIENCE = { timeout: 60_000 }
/** What had arrived before the server went away may be read later on a busy machine. */
const READING_MS = 5_000

let cluster: RealCluster
let watching: ApiClient
let writing: ApiClient
let feed: ElectionFeed
let events: string[]
let views: ViewState[]
const abort = new AbortController()

beforeAll(async () => {
  cluster = await startRealCluster()
  const surroundings = { env: {}, clock: systemClock, version: 'test' }
  watching = await connect({ kubeconfig: cluster.kubeconfig }, surroundings)
  writing = await connect({ kubeconfig: cluster.kubeconfig }, surroundings)
  for (const name of ['moved', 'renewed']) await write('POST', apiPath(LEASES, { namespace: 'default' }), name, 'a', 0)
  feed = watchElections(watching, systemClock, { namespaces: ['default'] }, abort.signal)
  events = []
  views = []
  feed.store.onEvent(({ type, election: { name }, previousHolderIdentity: previous, unseenTransitions: unseen }) => {
    if (type === 'acquired') events.push(`${name} after ${previous}` + (unseen ? ` and ${unseen} unseen` : ''))
  })
  feed.store.onViewChange((view) => views.push(view))
  await feed.ready
})

afterAll(async () => {
  abort.abort()
  await feed.ended
  watching.close()
  writing.close()
  await cluster.close()
})

beforeEach(() => {
  events.length = 0
  views.length = 0
})

async function write(method: 'POST' | 'PATCH', path: string, name: string, holder: string, transitions: number) {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: holder, leaseDurationSeconds: 15, leaseTransitions: transitions, renewTime }
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec }
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const subject = subjectOf(method === 'PATCH' ? 'patch' : 'create', LEASES, { namespace: 'default', name })
  await writing.request({ method, path, body, contentType, subject, timeoutMs: 5_000 })
}

const hold = (name: string, holder: string, transitions: number): Promise<void> =>
  write('PATCH', apiPath(LEASES, { namespace: 'default', name }), name, holder, transitions)

const isConnected = (): boolean => feed.store.view.connected

/** Writes as soon as the server takes writes again: it is back. */
async function holdOnceBack(name: string, holder: string, transitions: number): Promise<void> {
  await expect.poll(() => hold(name, holder, transitions).then(() => true, () => false), PATIENCE).toBe(true)
}

let transitions = 0
/** Changes the holder, and expects that to be seen once, on a view that says it is current. */
async function expectRecovery(holders: number): Promise<void> {
  transitions += holders
  const before = feed.store.get('lease/default/moved')!.election.record.holderIdentity
  await holdOnceBack('moved', `holder ${transitions}`, transitions)
  await expect.poll(isConnected, PATIENCE).toBe(true)
  const unseen = holders > 1 ? ` and ${holders - 1} unseen` : ''
  await expect.poll(() => events, PATIENCE).toEqual([`moved after ${before}${unseen}`])
}

/** Until one more renewal is seen; resolves to when it had not been seen yet. */
async function renewalSeen(): Promise<number> {
  const startMs = systemClock.monotonicMs()
  const renewTime = (): unknown => feed.store.get('lease/default/renewed')!.election.record.renewTime
  await expect.poll(renewTime, PATIENCE).not.toBe(renewTime())
  return startMs
}

/** Stale since something was last heard: after `heardMs`, and not after the server had gone away at `goneMs`. */
const expectStaleSince = (heardMs: number, goneMs: number): void => {
  const stale = views.find((view) => !view.connected)
  expect(stale?.staleSinceMs).toBeGreaterThan(heardMs)
  expect(stale?.staleSinceMs).toBeLessThan(goneMs + READING_MS)
}

describe('the view of elections of which one is renewed', () => {
  let isRenewing = true
  let renewing: Promise<void>

  beforeAll(() => {
    renewing = (async () => {
      while (isRenewing) {
        await hold('renewed', 'a', 0).catch(() => {})
        await delay(1_000)
      }
    })()
    return async () => {
      isRenewing = false
      await renewing
    }
  })

  beforeEach(() => expect.poll(isConnected, PATIENCE).toBe(true))

  it('survives a kill -9 of the API server', async () => {
    const heardMs = await renewalSeen()
    await cluster.kill('kube-apiserver')
    const goneMs = systemClock.monotonicMs()
    await expect.poll(isConnected, PATIENCE).toBe(false)
    expectStaleSince(heardMs, goneMs)
    await delay(10_000)
    await cluster.restart('kube-apiserver')
    await expectRecovery(3)
  })

  it('survives a restart of etcd', async () => {
    await cluster.restart('etcd')
    await expectRecovery(1)
  })

  it('survives etcd’s absence, and says that it is stale though the API server has it all in its cache', async () => {
    const heardMs = await renewalSeen()
    await cluster.kill('etcd')
    const goneMs = systemClock.monotonicMs()
    await expect.poll(isConnected, PATIENCE).toBe(false)
    expectStaleSince(heardMs, goneMs)
    await cluster.restart('etcd')
    await expectRecovery(2)
  })

  it('survives a frozen API server', async () => {
    const heardMs = await renewalSeen()
    cluster.pause('kube-apiserver')
    const goneMs = systemClock.monotonicMs()
    await expect.poll(isConnected, PATIENCE).toBe(false)
    expectStaleSince(heardMs, goneMs)
    await delay(15_000)
    cluster.resume('kube-apiserver')
    await expectRecovery(1)
  })

  it('does not flap while nothing is wrong', async () => {
    await delay(15_000)
    expect(views).toEqual([])
  })
})
