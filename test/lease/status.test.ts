import { describe, expect, it } from 'vitest'
import { isFresh, nextTurnAtMs, statusOf } from '../../shared/lease/status.ts'
import { observe, type Observation } from '../../shared/lease/observation.ts'
import { recordFromLeaseSpec } from '../../shared/lease/record.ts'

const WALL_MS = Date.UTC(2026, 0, 1, 12)
const HOUR_MS = 3_600_000
const renewedAt = (wallMs: number): { renewTime: string } => ({ renewTime: new Date(wallMs).toISOString() })
const record = (fields: object = {}) =>
  recordFromLeaseSpec({ holderIdentity: 'a', leaseDurationSeconds: 15, ...renewedAt(WALL_MS), ...fields })

/** First seen at 0, and changed at 1000 with `fields`. */
function changedAt1000(fields: object = {}): Observation {
  return observe(observe(undefined, record({ renewTime: 'before' }), 0), record(fields), 1000)
}

describe('observing', () => {
  it('counts a change only when the record changed', () => {
    const first = observe(undefined, record(), 100)
    expect(first).toMatchObject({ firstSeenAtMs: 100, changedAtMs: 100, hasSeenChange: false })
    expect(observe(first, record(), 5000)).toBe(first)
    expect(observe(first, record({ leaseTransitions: 1 }), 5000)).toMatchObject({
      firstSeenAtMs: 100,
      changedAtMs: 5000,
      hasSeenChange: true,
    })
  })
})

describe('a fresh election', () => {
  const moments = [0, 5_000, 9_999, 10_000, 14_999, 15_000, HOUR_MS]
  const kinds = [{}, { holderIdentity: '' }, { holderIdentity: 'kubectl-leader-failover_x' }, { leaseDurationSeconds: null }, { leaseDurationSeconds: -1 }]

  it.each(kinds)('is neither late nor expired: %j', (fields) => {
    for (const sinceMs of moments) {
      const { state } = statusOf(changedAt1000(fields), { monotonicMs: 1000 + sinceMs, wallMs: WALL_MS })
      if (isFresh(changedAt1000(fields), 1000 + sinceMs)) expect(['late', 'expired']).not.toContain(state)
    }
  })

  it('is one that was renewed within two thirds of the lease duration, and seen to be', () => {
    expect(moments.map((sinceMs) => isFresh(changedAt1000(), 1000 + sinceMs))).toEqual([true, true, true, false, false, false, false])
    expect(isFresh(observe(undefined, record(), 0), 1)).toBe(false)
  })
})

describe('by observation, whatever the recorded times say,', () => {
  it.each([
    ['held', 0],
    ['held', 9_999],
    ['late', 10_000],
    ['late', 14_999],
    ['expired', 15_000],
    ['expired', 10 * HOUR_MS],
  ])('it is %s at %i ms since the last change', (state, sinceMs) => {
    for (const skewMs of [-HOUR_MS, 0, HOUR_MS]) {
      const observation = changedAt1000(renewedAt(WALL_MS + skewMs))
      const status = statusOf(observation, { monotonicMs: 1000 + sinceMs, wallMs: WALL_MS })
      expect(status).toEqual({ state, basis: 'observed', expiresInMs: 15_000 - sinceMs, unchangedForMs: sinceMs, isChangeSeen: true })
    }
  })

  it('a lease first seen is expired once it was watched for its whole duration', () => {
    const observation = observe(undefined, record(renewedAt(WALL_MS + HOUR_MS)), 0)
    expect(statusOf(observation, { monotonicMs: 14_999, wallMs: WALL_MS + 14_999 })).toMatchObject({ state: 'held', basis: 'recorded' })
    expect(statusOf(observation, { monotonicMs: 15_000, wallMs: WALL_MS + 15_000 })).toMatchObject({ state: 'expired', basis: 'observed', unchangedForMs: 15_000, isChangeSeen: false })
  })

  it.each([
    ['released', { holderIdentity: '' }, null],
    ['blocked', { holderIdentity: 'kubectl-leader-failover_x' }, 14_000],
    ['unknown', { leaseDurationSeconds: null }, null],
    ['unknown', { leaseDurationSeconds: 0 }, null],
    ['unknown', { leaseDurationSeconds: -1 }, null],
  ])('it is %s for %j', (state, fields, expiresInMs) => {
    expect(statusOf(changedAt1000(fields), { monotonicMs: 2000, wallMs: WALL_MS })).toMatchObject({ state, basis: 'observed', expiresInMs })
  })

  it('a placeholder without renewals expires like any holder', () => {
    const observation = changedAt1000({ holderIdentity: 'kubectl-leader-failover_x' })
    expect(statusOf(observation, { monotonicMs: 16_000, wallMs: WALL_MS }).state).toBe('expired')
  })

  it('it is unknown while the view is stale', () => {
    const status = statusOf(changedAt1000(), { monotonicMs: 2000, wallMs: WALL_MS }, { stale: true })
    expect(status).toMatchObject({ state: 'unknown', expiresInMs: null })
  })
})

describe('by the record alone', () => {
  const seen = (fields: object): Observation => observe(undefined, record(fields), 0)
  it.each([
    ['held', WALL_MS - 1000, 14_000],
    ['late', WALL_MS - 12_000, 3_000],
    ['expired', WALL_MS - HOUR_MS, 15_000 - HOUR_MS],
    ['held', WALL_MS + HOUR_MS, 15_000 + HOUR_MS],
  ])('it is %s', (state, renewedMs, expiresInMs) => {
    expect(statusOf(seen(renewedAt(renewedMs)), { monotonicMs: 0, wallMs: WALL_MS })).toMatchObject({ state, basis: 'recorded', expiresInMs })
  })
  it.each([[null], ['not a time'], ['2026-01-01'], ['99999-01-01T00:00:00Z'], ['2026-13-01T00:00:00Z']])('it is unknown when renewed at %j', (renewTime) => {
    expect(statusOf(seen({ renewTime }), { monotonicMs: 0, wallMs: WALL_MS })).toMatchObject({ state: 'unknown', basis: 'recorded' })
  })
})

it.each([
  ['late first', 1000, 11_000],
  ['then expired', 11_000, 16_000],
  ['then nothing', 16_000, null],
])('time alone turns the state: %s', (_name, nowMs, expected) => {
  expect(nextTurnAtMs(changedAt1000(), nowMs)).toBe(expected)
})

it.each([[{ holderIdentity: '' }], [{ leaseDurationSeconds: null }]])('time alone never turns %j', (fields) => {
  expect(nextTurnAtMs(changedAt1000(fields), 1000)).toBeNull()
})
