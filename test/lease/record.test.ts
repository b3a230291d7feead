import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { electionFromAnnotated, electionFromLease } from '../../shared/lease/election.ts'
import { isSameRecord, LEADER_ANNOTATION, leaseDurationMs, recordFromAnnotation, recordFromLeaseSpec } from '../../shared/lease/record.ts'
import { writeRecordJson } from '../../shared/locks/annotation-record.ts'

const SPEC = {
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  leaseTransitions: 3,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:10.123456Z',
}
const NOTHING = {
  holderIdentity: '',
  leaseDurationSeconds: null,
  leaseTransitions: 0,
  acquireTime: null,
  renewTime: null,
  strategy: null,
  preferredHolder: null,
}

describe('a Lease spec', () => {
  it('is read field by field', () => {
    expect(recordFromLeaseSpec({ ...SPEC, strategy: 'OldestEmulationVersion', preferredHolder: 'b' })).toEqual({
      ...SPEC,
      strategy: 'OldestEmulationVersion',
      preferredHolder: 'b',
    })
  })

  it.each([[null], [undefined], [{}], [[]], ['text'], [7], [{ holderIdentity: null, leaseDurationSeconds: 'x', renewTime: 5 }]])(
    'of %j says nothing',
    (spec) => expect(recordFromLeaseSpec(spec)).toEqual(NOTHING),
  )

  it('can be anything at all', () => {
    fc.assert(fc.property(fc.anything(), (object) => electionFromLease(object).lock === 'lease'))
  })
})

describe("client-go's annotation", () => {
  const text = JSON.stringify({ ...SPEC, leaseTransitions: undefined, leaderTransitions: 3 })

  it('names the transitions differently', () => {
    expect(recordFromAnnotation(text)).toEqual({ ...NOTHING, ...SPEC })
  })

  it.each([['', NOTHING], ['{', null], ['[]', null], ['"x"', null], ['7', null], ['null', NOTHING], ['{}', NOTHING]])('%j is read as %j', (annotation, record) => {
    expect(recordFromAnnotation(annotation)).toEqual(record)
  })

  it.each<[client: string, json: object, record: object]>([
    [
      'Python',
      { holderIdentity: 'x', leaseDurationSeconds: '17', acquireTime: '2026-11-28 06:40:00.123456', renewTime: '2026-11-28 06:52:00.000001' },
      { leaseDurationSeconds: 17, leaseTransitions: 0, acquireTime: '2026-11-28T06:40:00.123456Z', renewTime: '2026-11-28T06:52:00.000001Z' },
    ],
    [
      'Java',
      { leaseDurationSeconds: 10, acquireTime: '2026-11-28T09:40:00.418+0200', renewTime: '2026-11-28T08:52:09,5-0330', leaderTransitions: 0 },
      { leaseDurationSeconds: 10, acquireTime: '2026-11-28T09:40:00.418+02:00', renewTime: '2026-11-28T08:52:09.5-03:30' },
    ],
    [
      'numbers',
      { leaseDurationSeconds: 10.5, acquireTime: 1601500253.5, renewTime: 1601500253, leaderTransitions: '3' },
      { leaseDurationSeconds: 10.5, leaseTransitions: 3, acquireTime: '2020-09-30T21:10:53.500Z', renewTime: '2020-09-30T21:10:53.000Z' },
    ],
    [
      'nonsense',
      { holderIdentity: 7, leaseDurationSeconds: '17s', acquireTime: 5, renewTime: 'yesterday', leaderTransitions: '' },
      { holderIdentity: '', leaseDurationSeconds: null, leaseTransitions: 0, acquireTime: null, renewTime: 'yesterday' },
    ],
  ])('is read if another client wrote it: %s', (_client, json, record) => {
    expect(recordFromAnnotation(JSON.stringify(json))).toMatchObject(record)
  })

  it("is written over in client-go's form, and keeps what is not known", () => {
    const theirs = JSON.stringify({ holderIdentity: 'x', leaseDurationSeconds: '17', renewTime: '2026-11-28 06:52:00.000001', more: 1 })
    const ours = writeRecordJson({ ...recordFromAnnotation(theirs)!, holderIdentity: 'me', acquireTime: SPEC.acquireTime }, theirs)
    expect(JSON.parse(ours)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 17,
      acquireTime: SPEC.acquireTime,
      renewTime: '2026-11-28T06:52:00.000001Z',
      leaderTransitions: 0,
      more: 1,
    })
  })

  it.each(['', ' ', 'null'])('can be written over %j', (previous) => {
    expect(JSON.parse(writeRecordJson(recordFromLeaseSpec(SPEC), previous))).toMatchObject({ holderIdentity: 'a' })
  })

  it('makes a ConfigMap an election, and its absence does not', () => {
    const configmap = { metadata: { namespace: 'n', name: 'c', annotations: { [LEADER_ANNOTATION]: text } } }
    expect(electionFromAnnotated('configmap', configmap)).toMatchObject({ lock: 'configmap', namespace: 'n', name: 'c', record: SPEC })
    expect(electionFromAnnotated('configmap', { metadata: { name: 'c' } })).toBeNull()
  })
})

it.each([
  ["Patroni's", { labels: { application: 'patroni' }, annotations: { leader: 'demo-0', renewTime: '2026-01-01T00:00:00Z', ttl: '30', transitions: '0' } }],
  ["Spring's", { labels: { provider: 'spring-cloud-kubernetes', kind: 'leaders' }, data: { 'leader.id.world': 'pod-1' } }],
  ["the operator SDK's leader for life", { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }],
  ['with annotations that are none', { annotations: { [LEADER_ANNOTATION]: null } }],
])('an object of another kind of election is not an election here: %s', (_, { ...metadata }) => {
  expect(electionFromAnnotated('configmap', { metadata: { name: 'x', namespace: 'n', ...metadata } })).toBeNull()
  expect(electionFromAnnotated('endpoints', { metadata: { name: 'x', namespace: 'n', ...metadata } })).toBeNull()
})

describe('two records', () => {
  const record = recordFromLeaseSpec(SPEC)
  it.each(Object.keys(record).map((field) => [field]))('differ if %s differs', (field) => {
    expect(isSameRecord(record, { ...record, [field]: field.endsWith('s') ? 99 : 'other' })).toBe(false)
  })
  it('are the same when read twice', () => expect(isSameRecord(record, recordFromLeaseSpec({ ...SPEC }))).toBe(true))
})

it.each([[15, 15_000], [0, null], [-5, null], [null, null], [2_147_483_647, 2_147_483_647_000], [1e308, null]])(
  'a duration of %j seconds is %j ms',
  (leaseDurationSeconds, expected) => {
    expect(leaseDurationMs({ ...recordFromLeaseSpec(SPEC), leaseDurationSeconds })).toBe(expected)
  },
)
