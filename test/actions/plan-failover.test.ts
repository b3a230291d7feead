import { describe, expect, it } from 'vitest'
import { planFailover, type FailoverPlan } from '../../shared/actions/failover.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease } from '../support/cluster-objects.ts'
import { fail, FakeClient, listBody } from '../support/fake-client.ts'

const PLACE = { lock: 'lease', namespace: 'team-a', name: 'web' } as const

/** An API server with a lease that is held and not renewed, and with no watch that tells anything. */
function quietServer(clock: FakeClock, answer: (reads: number) => 'answer' | 'fail' | 'hang'): { readonly client: FakeClient; readonly reads: () => number } {
  const held = lease('web', { holderIdentity: 'old', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' })
  let reads = 0
  const client = new FakeClient(clock, ({ path, query }) => {
    if (path.endsWith('/selfsubjectaccessreviews')) return { body: { status: { allowed: true } } }
    if (query?.['watch'] !== undefined) return 'hang'
    if (path.endsWith('/events') || path.endsWith('/pods')) return listBody('9', [])
    if (!path.endsWith('/leases/web')) return fail('notFound')
    const answered = answer(++reads)
    return answered === 'answer' ? { body: held } : answered === 'fail' ? fail('server') : 'hang'
  })
  return { client, reads: () => reads }
}

it('a plan that can not be made leaves nothing running', async () => {
  const clock = new FakeClock()
  // First whether it may be driven, then the first look at its holder; it fails where the details are read.
  const { client } = quietServer(clock, (reads) => (reads === 3 ? 'fail' : 'answer'))
  await expect(planFailover(client, clock, { place: PLACE, actor: 'me@here' })).rejects.toMatchObject({ kind: 'server' })
  await clock.advance(0)
  expect(clock.sleeping).toBe(0)
})

it.each([
  ['the first look at its holder', 1],
  ['one that follows', 3],
])('a plan that is canceled while the API server does not answer %s ends at once, and leaves nothing running', async (_, answered) => {
  const clock = new FakeClock()
  const { client, reads } = quietServer(clock, (count) => (count > answered ? 'hang' : 'answer'))
  const cancel = new AbortController()
  const planned = planFailover(client, clock, { place: PLACE, actor: 'me@here' }, cancel.signal)
  const end = expect(planned).rejects.toThrow('canceled')
  await clock.advance(1_000)
  expect(reads()).toBeGreaterThan(answered)
  cancel.abort(new Error('canceled'))
  await end
  await clock.advance(0)
  expect(clock.sleeping).toBe(0)
})

it('a lease that is being deleted is not moved, even if forced: it could disappear while it is blocked', async () => {
  const spec = { holderIdentity: 'old', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' }
  const deleted = lease('web', spec, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/hold'] })
  const clock = new FakeClock()
  const client = new FakeClient(clock, ({ path }) =>
    path.endsWith('/selfsubjectaccessreviews') ? { body: { status: { allowed: true } } } : { body: deleted },
  )
  await expect(planFailover(client, clock, { place: PLACE, actor: 'me@here', isForced: true })).rejects.toMatchObject({
    kind: 'deleting',
    message: expect.stringContaining('when example.com/hold is removed from its finalizers') as unknown,
  })
})

/** A plan for an election whose leader "old" renews every 2 s, with what that leader does in between. */
async function plan(request: { readonly to?: string; readonly isForced?: boolean }, change: (renewals: number) => object = () => ({}), events: readonly object[] = []): Promise<Partial<FailoverPlan>> {
  const clock = new FakeClock()
  const writes: string[] = []
  let renewals = 0
  const client = new FakeClient(clock, ({ method, path, query }) => {
    if (path.endsWith('/selfsubjectaccessreviews')) return { body: { status: { allowed: true } } }
    if (method !== 'GET') writes.push(path)
    if (query?.['watch'] !== undefined) return fail('forbidden')
    if (path.endsWith('/events')) return listBody('9', events)
    if (path.endsWith('/pods')) return { body: { items: [], metadata: {} } }
    if (!path.endsWith('/leases/web')) return fail('notFound')
    renewals = Math.floor(clock.monotonicMs() / 2_000)
    const renewTime = new Date(clock.wallMs() - (clock.monotonicMs() % 2_000)).toISOString()
    const spec = { holderIdentity: 'old', leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: '2026-01-01T00:00:00Z', renewTime }
    return { body: lease('web', { ...spec, ...change(renewals) }, { resourceVersion: String(100 + renewals) }) }
  })
  const planned = planFailover(client, clock, { place: PLACE, actor: 'me@here', ...request })
  planned.catch(() => undefined)
  await clock.advance(10_000)
  expect(writes).toEqual([])
  return planned
}

describe('a plan', () => {
  it('goes by the record that was seen last', async () => {
    expect(await plan({}, (renewals) => (renewals > 1 ? { leaseDurationSeconds: 60 } : {}))).toMatchObject({
      leaseDurationMs: 60_000,
      acquisition: { leaseDurationSeconds: 60, leaseTransitions: 3, acquireTime: '2026-01-01T00:00:00Z' },
    })
  })

  it('takes no acquire time for one that changes with each renewal', async () => {
    const planned = await plan({}, (renewals) => ({ acquireTime: `2026-01-01T00:00:0${renewals}Z` }))
    expect(planned.acquisition).toMatchObject({ acquireTime: null })
  })

  it('to hand over to an unknown identity is refused unless it is forced', async () => {
    await expect(plan({ to: 'nobody' })).rejects.toMatchObject({ kind: 'unknownTarget' })
    const forced = await plan({ to: 'nobody', isForced: true })
    expect(forced.cautions!.map(({ code }) => code)).toContain('unknownTarget')
  })

  it('to hand over to one that only an Event tells of has a caution, with the time', async () => {
    const event = { involvedObject: { kind: 'Lease', name: 'web' }, reason: 'LeaderElection', message: 'laptop became leader', lastTimestamp: '2026-01-01T00:00:00Z' }
    const planned = await plan({ to: 'laptop' }, undefined, [event])
    expect(planned.cautions).toContainEqual(expect.objectContaining({ code: 'onlyEvent', to: 'laptop', toldAt: '2026-01-01T00:00:00Z' }))
  })

  it('to hand over to the leader is refused even if it is forced', async () => {
    await expect(plan({ to: 'old' })).rejects.toMatchObject({ kind: 'sameHolder' })
    await expect(plan({ to: 'old', isForced: true })).rejects.toMatchObject({ kind: 'sameHolder' })
  })
})
