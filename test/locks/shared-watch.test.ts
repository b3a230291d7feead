import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import type { LockEvent } from '../../shared/locks/lock.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

const LEASES = 'leases.coordination.k8s.io'
const MINUTE_MS = 60_000
const PATIENCE = { timeout: 20_000, interval: 5 }

/** One elector's watch. */
interface Elector {
  readonly name: string
  readonly events: LockEvent[]
  readonly abort: AbortController
  readonly ended: Promise<unknown>
}

describe('many electors on one connection', () => {
  let sandbox: Sandbox
  let clock: FakeClock
  let client: ApiClient
  let electors: Elector[]
  let renewals: number

  beforeEach(async () => {
    clock = new FakeClock()
    sandbox = await startSandbox({ clock })
    client = await connectTo(sandbox)
    electors = []
    renewals = 0
  })
  afterEach(async () => {
    for (const { abort } of electors) abort.abort()
    await sandbox.close()
  })

  const renew = (name: string): void => {
    const renewTime = new Date(Date.UTC(2026, 0, 1) + ++renewals).toISOString()
    sandbox.plant(LEASES, { metadata: { namespace: 'default', name }, spec: { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime } })
  }
  const join = (name: string, from = client): Elector => {
    const abort = new AbortController()
    const events: LockEvent[] = []
    const lock = new LeaseLock(from, { namespace: 'default', name })
    const ended = lock.watch((event) => events.push(event), abort.signal).then(
      () => 'resolved',
      (error: unknown) => error,
    )
    const elector = { name, events, abort, ended }
    electors.push(elector)
    return elector
  }
  const joinMany = (count: number, from = client): void => {
    for (let index = 0; index < count; index++) {
      const name = `e-${electors.length}`
      renew(name)
      join(name, from)
    }
  }
  const watches = (): { own: number; shared: number } => {
    const open = sandbox.faults.openWatches()
    const own = open.filter(({ info }) => info.query.get('fieldSelector') !== null).length
    return { own, shared: open.length - own }
  }
  const allTold = async (): Promise<void> => {
    const before = electors.map(({ events }) => events.length)
    for (const { name } of electors) renew(name)
    await expect.poll(() => electors.every(({ events }, index) => events.length > before[index]!), PATIENCE).toBe(true)
  }

  it('each watch their own lease while they are 20', async () => {
    joinMany(20)
    await expect.poll(watches, PATIENCE).toEqual({ own: 20, shared: 0 })
    await allTold()
    expect(watches()).toEqual({ own: 20, shared: 0 })
  })

  it('share one watch of the namespace when they are more, also those that were there before', async () => {
    joinMany(20)
    await expect.poll(watches, PATIENCE).toEqual({ own: 20, shared: 0 })
    joinMany(5)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    await allTold()
    expect(watches()).toEqual({ own: 0, shared: 1 })
  })

  it('are told where the server has no progress notifications, alone and shared', async () => {
    sandbox.faults.withoutProgress()
    joinMany(1)
    await allTold()
    joinMany(24)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    await allTold()
  })

  it('open few watches when a thousand come at once', async () => {
    joinMany(1000)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    await allTold()
    expect(sandbox.requests.list(({ verb }) => verb === 'watch').length).toBeLessThanOrEqual(21)
  })

  it('are told first of the lease that there is', async () => {
    joinMany(30)
    await expect.poll(() => electors.every(({ events }) => events.length > 0), PATIENCE).toBe(true)
  })

  it('are each told of their own lease alone, and of its deletion', async () => {
    joinMany(30)
    await allTold()
    renew('somebody-elses')
    sandbox.uproot(LEASES, 'default', 'e-7')
    await expect.poll(() => electors[7]!.events.at(-1)!.type, PATIENCE).toBe('deleted')
    await allTold()
    for (const { name, events } of electors) {
      for (const event of events) if (event.type === 'written') expect(event.locked.handle).toMatchObject({ metadata: { name } })
    }
  })

  it('may watch one lease twice', async () => {
    joinMany(30)
    const second = join('e-3')
    await allTold()
    second.abort.abort()
    expect(await second.ended).toBe('resolved')
    electors.pop()
    await allTold()
  })

  it('leave one by one, and the watch with the last', async () => {
    joinMany(30)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    const [first, ...rest] = electors as [Elector, ...Elector[]]
    for (const { abort, ended } of rest) {
      abort.abort()
      expect(await ended).toBe('resolved')
    }
    expect(watches()).toEqual({ own: 0, shared: 1 })
    first.abort.abort()
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 0 })
  })

  it('all learn that the shared watch broke, and share again at once', async () => {
    joinMany(30)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    await allTold()
    sandbox.faults.breakWatches()
    for (const { ended } of electors) expect(await ended).toMatchObject({ name: 'LockError', kind: 'unknown' })
    const names = electors.map(({ name }) => name)
    electors = []
    sandbox.requests.clear()
    for (const name of names) join(name)
    await allTold()
    expect(watches()).toEqual({ own: 0, shared: 1 })
    expect(sandbox.requests.list(({ verb }) => verb === 'watch')).toHaveLength(1)
  })

  it('each watch their own again some minutes after most have left', async () => {
    joinMany(30)
    await expect.poll(watches, PATIENCE).toEqual({ own: 0, shared: 1 })
    for (const { abort } of electors.splice(5)) abort.abort()
    for (let minute = 0; minute < 11; minute++) {
      await clock.advance(MINUTE_MS)
      await allTold()
    }
    await expect.poll(watches, PATIENCE).toEqual({ own: 5, shared: 0 })
    await allTold()
  })

  it('each watch their own where the namespace may not be watched', async () => {
    const rule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'update', 'watch'] }
    sandbox.addUser({ name: 'limited', rules: [{ ...rule, resourceNames: Array.from({ length: 100 }, (_, index) => `e-${index}`) }] })
    joinMany(30, await connectTo(sandbox, { user: 'limited' }))
    await expect.poll(watches, PATIENCE).toEqual({ own: 30, shared: 0 })
    await allTold()
  })

  it('share with nobody of another connection or namespace', async () => {
    joinMany(15)
    joinMany(15, await connectTo(sandbox))
    await expect.poll(watches, PATIENCE).toEqual({ own: 30, shared: 0 })
  })

  it.each([[1], [30]])('%i standbys send at most one request a minute in all, for an hour', async (count) => {
    joinMany(count)
    await allTold()
    sandbox.requests.clear()
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(MINUTE_MS)
      await allTold()
    }
    const sent = sandbox.requests.list().length
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThanOrEqual(12)
  })
})
