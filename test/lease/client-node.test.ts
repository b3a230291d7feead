import { V1Lease, V1LeaseSpec, V1MicroTime, V1ObjectMeta } from '@kubernetes/client-node'
import { expect, it } from 'vitest'
import { electionFromLease } from '../../shared/lease/election.ts'

// A program that uses both reads Leases with that package, which makes dates of the times.
it('a Lease as @kubernetes/client-node reads it is the same election as its JSON', () => {
  const lease = Object.assign(new V1Lease(), {
    metadata: Object.assign(new V1ObjectMeta(), {
      name: 'checkout',
      namespace: 'shop',
      creationTimestamp: new Date('2026-01-01T00:00:00Z'),
      deletionTimestamp: new Date('2026-01-02T00:00:00Z'),
      finalizers: ['example.com/keep'],
    }),
    spec: Object.assign(new V1LeaseSpec(), {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: new V1MicroTime('2026-01-01T00:00:01.000000Z'),
      renewTime: new V1MicroTime('2026-01-01T00:00:02.500000Z'),
    }),
  })
  const election = electionFromLease(lease)
  expect(election).toEqual(electionFromLease(JSON.parse(JSON.stringify(lease))))
  expect(election.record.renewTime).toBe('2026-01-01T00:00:02.500000Z')
  expect(election.deletion?.timestamp).toBe('2026-01-02T00:00:00.000Z')
})

it('a date that is none is no time', () => {
  expect(electionFromLease({ spec: { renewTime: new Date(Number.NaN) } }).record.renewTime).toBeNull()
})
