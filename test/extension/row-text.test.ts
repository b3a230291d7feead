import { describe, expect, it } from 'vitest'
import { countdownBadge, electionDescription, isUnhealthy, shortHolder, stateLook } from '../../extension/tree/row-text.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import type { State, Status } from '../../shared/lease/status.ts'

const STATES: readonly State[] = ['held', 'late', 'expired', 'released', 'blocked', 'unknown']

describe('the countdown of a row has two characters', () => {
  const held = (expiresInMs: number | null, state: State = 'held'): Status => ({ state, basis: 'observed', expiresInMs, unchangedForMs: 0, isChangeSeen: true })
  it.each<[string, Status, string | null]>([
    ['whole seconds, as long as there are any', held(14_001), '15'],
    ['the last second', held(1), '1'],
    ['99 seconds', held(99_000), '99'],
    ['a minute and a half and more', held(100_000), '1m'],
    ['minutes', held(599_000), '9m'],
    ['less than an hour', held(1_800_000), '1h'],
    ['hours', held(9.5 * 3_600_000), '9h'],
    ['less than a day', held(20 * 3_600_000), '1d'],
    ['days', held(9.9 * 86_400_000), '9d'],
    ['more', held(100 * 86_400_000), '∞'],
    ['expired', held(-5_000, 'expired'), '!'],
    ['nothing that expires', held(null, 'released'), null],
    ['a stale view', held(null, 'unknown'), null],
  ])('%s', (_, status, badge) => {
    expect(countdownBadge(status)).toBe(badge)
  })
})

describe('the holder of a row', () => {
  it.each([
    ['without what every process makes anew', 'node-b_504d586d-3bd5-4d7b-a242-fb36a111a883', 'kube-scheduler', 'node-b'],
    ['without the name of the election', 'shop-in-aisle-3_504d586d-3bd5-4d7b-a242-fb36a111a883', 'shop', '…in-aisle-3'],
    ["of a Deployment's Pod, without what it shares", 'shop-7d4f9c6b5-x2k9p_504d586d-3bd5-4d7b-a242-fb36a111a883', 'shop', '…x2k9p'],
    ['of a StatefulSet', 'shop-0', 'shop', '…0'],
    ['as it is, where nothing shows where the name ends', 'some-holder', 'x', 'some-holder'],
    ['with what is invisible made visible', 'a\u202eb', 'x', 'a\\u202eb'],
  ])('%s', (_, identity, election, shown) => {
    expect(shortHolder(identity, election)).toBe(shown)
  })
})

describe('the text after the name', () => {
  const words = { noHolder: 'none', failover: 'failing over', block: 'blocked for maintenance' }
  it.each([
    ['a holder', 'node-b', 'node-b  ↻18'],
    ['no holder', '', 'none  ↻18'],
    ["a failover's placeholder, which is no holder", 'kubectl-leader-failover_1', 'failing over  ↻18'],
    ['a block for maintenance, which is no holder either', 'kubectl-leader-block_1', 'blocked for maintenance  ↻18'],
  ])('%s', (_, holderIdentity, text) => {
    const election = electionFromLease({ metadata: { name: 'x' }, spec: { holderIdentity, leaseTransitions: 18 } })
    expect(electionDescription(election, words)).toBe(text)
  })
})

it('gives every state an icon of its own', () => {
  expect(new Set(STATES.map((state) => stateLook(state).icon)).size).toBe(STATES.length)
})

it('counts late and expired elections as unhealthy, and no others', () => {
  expect(STATES.filter(isUnhealthy)).toEqual(['late', 'expired'])
})
