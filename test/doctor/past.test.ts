import { expect, it } from 'vitest'
import { diagnosePast } from '../../shared/actions/doctor.ts'
import { AuditReader } from '../../shared/history/audit/audit-reader.ts'
import { historyOf } from '../../shared/history/history.ts'
import { AuditedCluster } from '../support/audited-cluster.ts'

const POD = { user: 'system:serviceaccount:shop:checkout' }
const REF = { lock: 'lease', namespace: 'default', name: 'elect' } as const

/** What doctor finds in the log of one leader that renews after these many seconds each. */
function findings(renewedAfterSeconds: readonly number[], holders: readonly string[] = ['a'], endsAfterSeconds = 0) {
  const cluster = new AuditedCluster(Date.UTC(2026, 10, 28, 8))
  const time = () => new Date(cluster.nowMs).toISOString()
  const spec = () => ({ holderIdentity: holders[0], leaseDurationSeconds: 15, acquireTime: time(), renewTime: time(), leaseTransitions: 0 })
  let version = cluster.create(POD, 'elect', spec()).version!
  renewedAfterSeconds.forEach((seconds, index) => {
    cluster.nowMs += seconds * 1000
    version = cluster.update(POD, 'elect', { ...spec(), holderIdentity: holders[index % holders.length], leaseTransitions: index }, version).version!
  })
  cluster.nowMs += endsAfterSeconds * 1000
  cluster.create(POD, 'other', spec())
  const reader = new AuditReader({ locks: ['lease'], includes: (_, name) => name === 'elect' })
  for (const line of cluster.lines('RequestResponse')) reader.line(line, 0)
  const { levels, covers, unreadable } = reader.sourceReading(0)
  const evidence = {
    sources: [{ name: 'audit.log', kind: 'audit' as const, levels: [...levels], covers, unreadable }],
    writes: [...reader.writesOf('default', 'elect', 'lease')],
    sightings: [],
    unwatched: [],
    told: [],
    pods: reader.pods,
    clockReadings: reader.clockReadings(),
  }
  return diagnosePast([{ ref: REF, evidence, history: historyOf(REF, evidence) }], () => true).findings.map(({ code }) => code)
}

const steady = (count: number): number[] => Array.from({ length: count }, () => 2)

it.each([
  ['a leader that renews on time', steady(20), ['a'], 0, []],
  ['a late renewal, long before the end', [...steady(5), 12, ...steady(30)], ['a'], 0, ['lateRenewals']],
  ['a renewal after the expiry', [...steady(5), 16, ...steady(30)], ['a'], 0, ['renewedAfterExpiry']],
  ['a lease that nobody renewed any more', steady(10), ['a'], 60, ['expired']],
  ['two candidates that take turns', steady(20), ['a', 'b'], 0, ['flapping']],
] as const)('%s', (_, renewals, holders, endsAfter, codes) => {
  expect(findings(renewals, holders, endsAfter)).toEqual(codes)
})
