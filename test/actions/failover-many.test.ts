import { describe, expect, it, vi } from 'vitest'
import { emptyingReason, selectNodes } from '../../shared/actions/failover-many/excluded-nodes.ts'
import { scopeOf, type ManyPlan, type ManyRequest, type Move } from '../../shared/actions/failover-many/many-plan.ts'
import { planMany } from '../../shared/actions/failover-many/plan-many.ts'
import { runMany } from '../../shared/actions/failover-many/run-many.ts'
import { Schedule, totalMsOf } from '../../shared/actions/failover-many/schedule.ts'
import { planFailover } from '../../shared/actions/failover/plan-failover.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeClient, listBody } from '../support/fake-client.ts'

vi.mock('../../shared/actions/failover/plan-failover.ts')

const move = (owner: string | null, { isControlPlane = false, seconds = 9 } = {}): Move => {
  const plan = { expectedLeaderlessMs: { leastMs: 0, mostMs: seconds * 1_000 }, renewIntervalMs: 500 }
  return { owner, isControlPlane, plans: [plan] as unknown as Move['plans'] }
}

describe('moves', () => {
  it('begin in order, as many at once as allowed', () => {
    const [a, b, c] = [move('a'), move('b'), move(null)]
    const schedule = new Schedule([a, b, c], 2)
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([a, b, null])
    schedule.ended(a)
    expect([schedule.next(), schedule.waiting]).toEqual([c, []])
  })

  it('of one owner begin one after the other, and others pass them', () => {
    const [a1, a2, b] = [move('a'), move('a'), move('b')]
    const schedule = new Schedule([a1, a2, b], 4)
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([a1, b, null])
    schedule.ended(b)
    expect(schedule.next()).toBeNull()
    schedule.ended(a1)
    expect(schedule.next()).toBe(a2)
  })

  it('of the control plane begin when all others have ended', () => {
    const [plane, other, next] = [move(null, { isControlPlane: true }), move(null), move(null, { isControlPlane: true })]
    const schedule = new Schedule([plane, other, next], 4)
    expect([schedule.next(), schedule.next()]).toEqual([other, null])
    schedule.ended(other)
    expect([schedule.next(), schedule.next()]).toEqual([plane, next])
  })

  it.each<[string, readonly Move[], number, number]>([
    ['none', [], 4, 0],
    ['the longest of those at once', [move('a'), move('b', { seconds: 19 })], 4, 20_000],
    ['one after the other', [move('a'), move('b')], 1, 20_000],
    ['those of one owner', [move('a'), move('a'), move('b')], 4, 20_000],
    ['the control plane after the others', [move('a'), move(null, { isControlPlane: true })], 4, 20_000],
  ])('take as long as %s', (_as, moves, atOnce, totalMs) => expect(totalMsOf(moves, atOnce)).toBe(totalMs))
})

describe('new leaders are kept off', () => {
  const node = (name: string, { isReady = true, unschedulable = false, zone = 'z1' } = {}): object => ({
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    spec: { unschedulable },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  })
  const emptied = (name: string, component = 'kubectl-leader'): object => ({
    ...{ reason: 'LeaderFailover', source: { component } },
    message: `alice@laptop moves leadership from a to b: ${emptyingReason([name], 'upgrade')!}`,
  })
  const NODES = [node('a'), node('b'), node('c', { isReady: false }), node('d', { unschedulable: true, zone: 'z2' }), node('e', { zone: 'z2' })]

  const select = (selected: Partial<Pick<ManyRequest, 'onNodes' | 'inZones'>>, events: readonly object[] = [], nodes: readonly object[] | null = NODES) => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, ({ path }: ApiRequest) =>
      path === '/api/v1/nodes' ? (nodes ? listBody('9', nodes) : fail('forbidden')) : path === '/api/v1/events' ? listBody('9', events) : fail('notFound'),
    )
    return selectNodes(client, clock, { scope: { namespaces: 'all' }, onNodes: [], inZones: [], atOnce: 4, actor: 'alice', ...selected })
  }

  it.each<[string, Parameters<typeof select>, Record<string, string>]>([
    ['nodes that are cordoned or not ready', [{}], { c: 'notReady', d: 'cordoned' }],
    ['the selected node', [{ onNodes: ['a'] }], { a: 'selected', c: 'notReady', d: 'cordoned' }],
    ['all nodes of the selected zone', [{ inZones: ['z2'] }], { c: 'notReady', d: 'selected', e: 'selected' }],
    ['nodes that were emptied before', [{ onNodes: ['a'] }, [emptied('b'), emptied('e', 'another program')]], { a: 'selected', b: 'emptied', c: 'notReady', d: 'cordoned' }],
    ['the selected node, if nodes cannot be read', [{ onNodes: ['a'] }, [], null], { a: 'selected' }],
  ])('%s', async (_what, args, expected) => {
    expect(Object.fromEntries((await select(...args)).excluded)).toEqual(expected)
  })

  it.each<[string, Parameters<typeof select>[0], RegExp]>([
    ['node', { onNodes: ['nowhere'] }, /There is no node "nowhere"/],
    ['zone', { inZones: ['nowhere'] }, /No node is labeled with the zone "nowhere"/],
  ])('and no %s that does not exist is selected', async (_what, selected, words) => {
    await expect(select(selected)).rejects.toThrow(words)
  })

  it('and it is told if Events cannot be read', async () => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, ({ path }: ApiRequest) => (path === '/api/v1/nodes' ? listBody('9', NODES) : fail('forbidden')))
    const { gaps } = await selectNodes(client, clock, { scope: { namespaces: 'all' }, onNodes: ['a'], inZones: [], atOnce: 4, actor: 'alice' })
    expect(gaps).toMatchObject([{ message: expect.stringMatching(/^Cannot read Events, so it is not known which nodes were emptied before/) as string }])
  })

  it('and a zone is refused if nodes cannot be read', async () => {
    await expect(select({ inZones: ['z1'] }, [], null)).rejects.toMatchObject({ kind: 'forbidden' })
  })
})

describe('elections that are named', () => {
  const place = { lock: 'lease', namespace: 'shop', name: 'checkout' } as const
  const signal = new AbortController().signal

  it('and do not exist are left', async () => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, () => listBody('9', []))
    const plan = await planMany(client, clock, { scope: scopeOf([place]), places: [place], onNodes: [], inZones: [], atOnce: 4, actor: 'alice' }, signal)
    expect(plan).toMatchObject({ moves: [], left: [{ place, kind: 'free', message: 'Nothing to move: there is no lease "checkout" in namespace "shop".' }] })
  })

  it.each<[string, boolean, object]>([
    ['are left, if Pods cannot be read', false, { left: [{ place, kind: 'unreadable' }], gaps: [{ message: expect.stringMatching(/Pods/) as string }] }],
    ['are told, if they have no Pod', true, { left: [], gaps: [{ message: 'No node is known for the leaders of shop/checkout.' }] }],
  ])('whose nodes are not known %s', async (_what, hasPods, expected) => {
    const clock = new FakeClock()
    const lease = { metadata: { namespace: 'shop', name: 'checkout' }, spec: { holderIdentity: 'somewhere', leaseDurationSeconds: 15, leaseTransitions: 1, acquireTime: '2026-01-01T00:00:00.000000Z', renewTime: '2026-01-01T00:00:00.000000Z' } }
    const lists: Readonly<Record<string, readonly object[] | null | undefined>> = {
      '/apis/coordination.k8s.io/v1/leases': [lease],
      '/api/v1/namespaces/shop/pods': hasPods ? [] : null,
      '/api/v1/namespaces/shop/pods/somewhere': hasPods ? undefined : null,
      '/api/v1/nodes': [{ metadata: { name: 'a' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }],
      '/api/v1/events': [],
    }
    const client = new FakeClient(clock, ({ path }: ApiRequest) => {
      const items = lists[path]
      return items ? listBody('9', items) : fail(items === null ? 'forbidden' : 'notFound')
    })
    const plan = await planMany(client, clock, { scope: { namespaces: 'all' }, onNodes: ['a'], inZones: [], atOnce: 4, actor: 'alice' }, signal)
    expect(plan).toMatchObject({ moves: [], ...expected })
  })

  it('are not moved if leadership has moved since an old plan was made', async () => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, () => fail('notFound'))
    const plan = { request: { place }, from: 'a' } as unknown as Move['plans'][number]
    vi.mocked(planFailover).mockResolvedValue({ ...plan, from: 'b' })
    const moves: ManyPlan['moves'] = [{ plans: [plan], owner: null, isControlPlane: false }]
    const old = { request: { atOnce: 4 }, moves, madeAtMs: clock.monotonicMs() - 20_000, excluded: new Map() } as unknown as ManyPlan
    expect(await runMany(client, clock, old, { signal })).toMatchObject([{ place, outcome: 'left', message: 'Leadership has moved to b since the plan was made.' }])
    expect(client.requests).toEqual([])
  })
})
