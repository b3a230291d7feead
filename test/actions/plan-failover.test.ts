import { expect, it } from 'vitest'
import { planFailover } from '../../shared/actions/failover.ts'
import { FakeClock } from '../../shared/time/index.ts'
import { lease } from '../support/cluster-objects.ts'
import { fail, FakeClient } from '../support/fake-client.ts'

it('a plan that can not be made leaves nothing running', async () => {
  const clock = new FakeClock()
  const held = lease('web', { holderIdentity: 'old', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' })
  let reads = 0
  const client = new FakeClient(clock, ({ path, query }) => {
    if (path.endsWith('/selfsubjectaccessreviews')) return { body: { status: { allowed: true } } }
    if (query?.['watch'] !== undefined) return 'hang'
    if (!path.endsWith('/leases/web')) return fail('notFound')
    // First whether it may be driven, then the first look at its holder; it fails where the details are read.
    return ++reads === 3 ? fail('server') : { body: held }
  })
  const place = { lock: 'lease', namespace: 'team-a', name: 'web' } as const
  await expect(planFailover(client, clock, { place, actor: 'me@here' })).rejects.toMatchObject({ kind: 'server' })
  await clock.advance(0)
  expect(clock.sleeping).toBe(0)
})

it('a lease that is being deleted is not moved, whoever insists: it could disappear while it is blocked', async () => {
  const spec = { holderIdentity: 'old', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' }
  const deleted = lease('web', spec, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/hold'] })
  const clock = new FakeClock()
  const client = new FakeClient(clock, ({ path }) =>
    path.endsWith('/selfsubjectaccessreviews') ? { body: { status: { allowed: true } } } : { body: deleted },
  )
  const place = { lock: 'lease', namespace: 'team-a', name: 'web' } as const
  await expect(planFailover(client, clock, { place, actor: 'me@here', isForced: true })).rejects.toMatchObject({
    kind: 'deleting',
    message: expect.stringContaining('when example.com/hold is removed from its finalizers') as unknown,
  })
})
