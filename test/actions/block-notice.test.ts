import { afterEach, beforeEach, expect, it } from 'vitest'
import { blocksFor } from '../../shared/actions/block-notice.ts'
import { planFailover } from '../../shared/actions/failover.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { LEADER_BLOCK } from '../../shared/cluster/elections/leadership-events.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

const REQUEST = { place: { lock: 'lease', namespace: 'default', name: 'web' }, actor: 'bob@laptop' } as const
const BLOCKED = 'The lease "web" in namespace "default" is blocked for maintenance'
const ENDS = 'The block ends when its command ends, or within 15s after it was killed.'

let sandbox: Sandbox
let client: ApiClient

beforeEach(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox)
  sandbox.plant('leases.coordination.k8s.io', { metadata: { name: 'web' }, spec: { holderIdentity: 'kubectl-leader-block_1', leaseDurationSeconds: 15 } })
})
afterEach(async () => {
  client.close()
  await sandbox.close()
})

it.each([
  ['who blocked it, for how long, when and why', blocksFor('alice@laptop', '10m', 'schema migration'), `${BLOCKED}. ${ENDS} Its Event of 2026-11-28T08:00:00Z says: alice@laptop blocks the lease for 10m: schema migration.`],
  ['nothing of a block that has ended', 'The block of alice@laptop ended after 10m (in-time): x', `${BLOCKED}: see its Events. ${ENDS}`],
])('a refused failover tells %s', async (_what, message, said) => {
  sandbox.plant('events', {
    metadata: { name: 'web.1' },
    ...{ involvedObject: { kind: 'Lease', namespace: 'default', name: 'web' }, reason: LEADER_BLOCK, message, type: 'Normal', lastTimestamp: '2026-11-28T08:00:00Z' },
  })
  await expect(planFailover(client, systemClock, REQUEST)).rejects.toMatchObject({ name: 'FailoverRefused', kind: 'underway', message: said })
})
