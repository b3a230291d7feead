import { describe, expect, it } from 'vitest'
import { ElectionBook, EXPORTED_STATES, type ElectionReading } from '../../kubectl-plugin/export/election-book.ts'
import { BLOCK_PREFIX, PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { Election } from '../../shared/lease/election.ts'
import { StoreScene, type LeaseFields } from '../support/store-scene.ts'

/** One election in a store, and what the exporter says of it. */
class Scene extends StoreScene {
  readonly book = new ElectionBook(this.clock)
  readonly election0: Election

  constructor(fields: LeaseFields = {}) {
    super()
    this.book.follow(this.store)
    this.election0 = this.election('shop', 'web', fields)
    this.start([this.election0])
  }

  reading(): ElectionReading {
    const [reading, ...others] = this.book.readings()
    expect(others).toEqual([])
    return reading!
  }

  /** Time passes; the leader renews every two seconds. */
  async led(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 2) {
      await this.clock.advance(2_000)
      this.renew(this.election0)
    }
  }

  write(spec: object): void {
    this.apply(this.election('shop', 'web', { spec: { ...this.store.get('lease/shop/web')!.election.record, ...spec } }))
  }
}

const RELEASED = { holderIdentity: '', leaseDurationSeconds: 1 }
const RELEASED_LONG_AGO = { ...RELEASED, renewTime: '2020-01-01T00:00:00Z' }
const DEAD = { renewTime: '2020-01-01T00:00:00Z' }

describe('the state', () => {
  it('is unknown until the leader was observed renewing', async () => {
    const scene = new Scene()
    expect(scene.reading()).toMatchObject({ state: 'unknown', leaderlessMs: null })
    await scene.led(2)
    expect(scene.reading()).toMatchObject({ state: 'held', leaderlessMs: 0, leaseDurationMs: 15_000 })
  })

  it('is expired, and there is no leader from the expiry on', async () => {
    const scene = new Scene()
    await scene.led(4)
    await scene.clock.advance(14_000)
    expect(scene.reading()).toMatchObject({ state: 'late', leaderlessMs: 0 })
    await scene.clock.advance(31_000)
    expect(scene.reading()).toMatchObject({ state: 'expired', leaderlessMs: 30_000 })
  })

  it('is free after a release, and keeps the duration of the last leader', async () => {
    const scene = new Scene()
    await scene.led(4)
    scene.write(RELEASED)
    await scene.clock.advance(10_000)
    expect(scene.reading()).toMatchObject({ state: 'free', leaderlessMs: 10_000, leaseDurationMs: 15_000 })
  })

  it.each([
    ['released', RELEASED_LONG_AGO],
    ['expired', DEAD],
  ])('is free, not expired, if it was %s before the exporter first saw it', async (_, spec) => {
    const scene = new Scene({ spec })
    await scene.clock.advance(60_000)
    expect(scene.reading().state).toBe('free')
  })

  it.each([
    ['a failover', PLACEHOLDER_PREFIX],
    ['a block for maintenance', BLOCK_PREFIX],
  ])('is blocked while %s blocks the lease, with the time without a leader', async (_, prefix) => {
    const scene = new Scene()
    await scene.led(4)
    scene.write({ holderIdentity: `${prefix}nonce`, leaseDurationSeconds: 19 })
    await scene.clock.advance(5_000)
    expect(scene.reading()).toMatchObject({ state: 'blocked', blockedMs: 5_000, leaderlessMs: 5_000 })
    scene.write({ holderIdentity: 'pod-b', leaseTransitions: 2 })
    expect(scene.reading()).toMatchObject({ state: 'held', blockedMs: 0, leaderlessMs: 0, transitions: 1 })
  })

  it('counts a placeholder that was left behind for as long as it is there', async () => {
    const scene = new Scene()
    await scene.led(4)
    scene.write({ holderIdentity: `${PLACEHOLDER_PREFIX}nonce`, leaseDurationSeconds: 19 })
    await scene.clock.advance(700_000)
    expect(scene.reading()).toMatchObject({ blockedMs: 700_000, leaderlessMs: 700_000 })
  })

  it('counts the time without a leader on, if a failover blocks an expired lease', async () => {
    const scene = new Scene()
    await scene.led(4)
    await scene.clock.advance(25_000)
    expect(scene.reading()).toMatchObject({ state: 'expired', leaderlessMs: 10_000 })
    scene.write({ holderIdentity: `${PLACEHOLDER_PREFIX}nonce`, leaseDurationSeconds: 19 })
    await scene.clock.advance(5_000)
    expect(scene.reading()).toMatchObject({ state: 'blocked', leaderlessMs: 15_000 })
  })

  it.each([[null], [0], [-1]])('is unknown with a lease duration of %s', async (leaseDurationSeconds) => {
    const scene = new Scene({ spec: { leaseDurationSeconds } })
    await scene.led(60)
    expect(scene.reading()).toMatchObject({ state: 'unknown', leaderlessMs: null, leaseDurationMs: null })
  })

  it('rises with severity, so that the maximum over exporters is the one that knows most', () => {
    const bySeverity = Object.entries(EXPORTED_STATES).sort(([, one], [, other]) => one - other)
    expect(bySeverity.map(([state]) => state)).toEqual(['unknown', 'held', 'late', 'blocked', 'free', 'expired'])
  })
})

describe('the counts', () => {
  it('are of transitions, also of those between two readings', async () => {
    const scene = new Scene()
    await scene.led(4)
    scene.write({ holderIdentity: 'pod-b', leaseTransitions: 2 })
    scene.write({ holderIdentity: 'pod-c', leaseTransitions: 5 })
    scene.write({ holderIdentity: '', leaseTransitions: 7 })
    expect(scene.reading().transitions).toBe(6)
  })

  it('are of late renewals, not of renewals in time', async () => {
    const scene = new Scene()
    await scene.led(20)
    expect(scene.reading().lateRenewals).toBe(0)
    for (const seconds of [12, 14, 17]) {
      await scene.clock.advance(seconds * 1_000)
      scene.renew(scene.election0)
    }
    expect(scene.reading()).toMatchObject({ lateRenewals: 3, transitions: 0 })
  })
})

describe('what is left out', () => {
  it('is everything while the exporter is blind, and comes back with its counts', async () => {
    const scene = new Scene()
    await scene.led(4)
    scene.write({ holderIdentity: 'pod-b', leaseTransitions: 2 })
    scene.disconnect('cut')
    expect([...scene.book.readings()]).toEqual([])
    scene.reconnect()
    expect(scene.reading().transitions).toBe(1)
  })

  it('is an election that was deleted; a new one of its name begins at 0', async () => {
    const scene = new Scene()
    await scene.led(4)
    scene.write({ holderIdentity: 'pod-b', leaseTransitions: 2 })
    scene.remove(scene.election0)
    expect([...scene.book.readings()]).toEqual([])
    scene.apply(scene.election('shop', 'web'))
    expect(scene.reading()).toMatchObject({ transitions: 0, state: 'unknown' })
  })

  it.each([
    ["a node's heartbeat", 'kube-node-lease', 'node-a', {}],
    ["a cluster's heartbeat", 'cluster-1', 'managed-cluster-lease', {}],
    ['a heartbeat without a holder', 'shop', 'addon', { spec: { holderIdentity: null, acquireTime: null, leaseTransitions: null } }],
    ["a database's lock", 'shop', 'db', { metadata: { labels: { application: 'patroni' } } }],
  ])('is %s', (_, namespace, name, fields) => {
    const scene = new StoreScene()
    const book = new ElectionBook(scene.clock)
    book.follow(scene.store)
    scene.start([scene.election(namespace, name, fields)])
    expect([...book.readings()]).toEqual([])
  })
})
