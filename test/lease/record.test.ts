import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  electionFromAnnotated,
  electionFromLease,
  isSameRecord,
  LEADER_ANNOTATION,
  leaseDurationMs,
  recordFromAnnotation,
  recordFromLeaseSpec,
} from '../../shared/lease/index.ts'

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

  it.each([['', null], ['{', null], ['[]', null], ['null', null], ['{}', NOTHING]])('%j is read as %j', (annotation, record) => {
    expect(recordFromAnnotation(annotation)).toEqual(record)
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
])('an object of another kind of election is none of ours: %s', (_, { ...metadata }) => {
  expect(electionFromAnnotated('configmap', { metadata: { name: 'x', namespace: 'n', ...metadata } })).toBeNull()
  expect(electionFromAnnotated('endpoints', { metadata: { name: 'x', namespace: 'n', ...metadata } })).toBeNull()
})

describe('two records', () => {
  const record = recordFromLeaseSpec(SPEC)
  it.each(Object.keys(record).map((field) => [field]))('differ where %s differs', (field) => {
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
