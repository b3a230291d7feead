import { describe, expect, it } from 'vitest'
import { dueAtMs, judge, look, type Seen, type WaitCondition } from '../../shared/actions/wait-condition.ts'
import { observe, type Observation } from '../../shared/lease/observation.ts'
import { BLOCK_PREFIX, PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import { recordFromLeaseSpec } from '../../shared/lease/record.ts'

const HOUR_MS = 3_600_000
const WALL_MS = Date.UTC(2026, 0, 1, 12)
const PLACEHOLDER = `${PLACEHOLDER_PREFIX}nonce`
const BLOCK = `${BLOCK_PREFIX}nonce`

/** What one reading says: the holder, and a number that every renewal raises; null: there is no such object. */
type Reading = readonly [holder: string, renewal: number] | null

/** Looks once a second, from 0 on, at records whose renewal times are `skewMs` away from this machine's clock. */
function lookAt(readings: readonly Reading[], skewMs = 0, leaseDurationSeconds: number | null = 15): Seen {
  let seen: Seen | undefined
  let observation: Observation | undefined
  readings.forEach((reading, second) => {
    const record =
      reading &&
      recordFromLeaseSpec({
        holderIdentity: reading[0],
        leaseDurationSeconds,
        renewTime: new Date(WALL_MS + skewMs + reading[1]).toISOString(),
      })
    observation = record ? observe(observation, record, second * 1000) : undefined
    seen = look(seen, observation ?? null)
  })
  return seen!
}

const HELD: WaitCondition = { for: 'held' }
const FREE: WaitCondition = { for: 'free' }
const CHANGED: WaitCondition = { for: 'changed' }
const HOLDER_B: WaitCondition = { for: 'holder', identity: 'b' }

const CASES: readonly [string, readonly Reading[], { held: string; free: string; changed: string; holderB: string }][] = [
  ['a record seen once, however fresh it says it is', [['b', 1]], { held: 'unmet', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['a record that does not change', [['b', 1], ['b', 1], ['b', 1]], { held: 'unmet', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['a renewal', [['b', 1], ['b', 2]], { held: 'met', free: 'unmet', changed: 'unmet', holderB: 'met' }],
  ['a renewal by another', [['a', 1], ['a', 2]], { held: 'met', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['a take-over', [['a', 1], ['b', 2]], { held: 'met', free: 'unmet', changed: 'met', holderB: 'met' }],
  ['a take-over and the way back', [['a', 1], ['b', 2], ['a', 3]], { held: 'met', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['nobody', [['', 1]], { held: 'unmet', free: 'met', changed: 'unmet', holderB: 'unmet' }],
  ['a release', [['b', 1], ['', 2]], { held: 'unmet', free: 'met', changed: 'unmet', holderB: 'unmet' }],
  ['an acquisition of a free lease', [['', 1], ['b', 2]], { held: 'met', free: 'unmet', changed: 'met', holderB: 'met' }],
  ['the same holder again after a release', [['b', 1], ['', 2], ['b', 3]], { held: 'met', free: 'unmet', changed: 'unmet', holderB: 'met' }],
  ['no object', [null], { held: 'unmet', free: 'met', changed: 'unmet', holderB: 'unmet' }],
  ['an object that is created', [null, ['b', 1]], { held: 'met', free: 'unmet', changed: 'met', holderB: 'met' }],
  ['an object that is created, and then left alone', [null, ['b', 1], ['b', 1]], { held: 'met', free: 'unmet', changed: 'met', holderB: 'met' }],
  ['an object that is deleted', [['b', 1], ['b', 2], null], { held: 'unmet', free: 'met', changed: 'unmet', holderB: 'unmet' }],
  ['a placeholder', [['b', 1], [PLACEHOLDER, 2]], { held: 'unmet', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['a block for maintenance', [['b', 1], [BLOCK, 2], [BLOCK, 3]], { held: 'unmet', free: 'unmet', changed: 'unmet', holderB: 'unmet' }],
  ['another leader after a placeholder', [['a', 1], [PLACEHOLDER, 2], ['b', 3]], { held: 'met', free: 'unmet', changed: 'met', holderB: 'met' }],
]

describe('what has been seen', () => {
  it.each(CASES)('of %s', (_, readings, expected) => {
    for (const skewMs of [-HOUR_MS, 0, HOUR_MS]) {
      const seen = lookAt(readings, skewMs)
      const nowMs = (readings.length - 1) * 1000
      expect({
        held: judge(HELD, seen, nowMs),
        free: judge(FREE, seen, nowMs),
        changed: judge(CHANGED, seen, nowMs),
        holderB: judge(HOLDER_B, seen, nowMs),
      }).toEqual(expected)
    }
  })
})

describe('a holder that is silent for its whole lease duration', () => {
  it.each([
    ['since the first look', [['b', 1]] as Reading[], 15_000],
    ['since a renewal', [['b', 1], ['b', 2]] as Reading[], 16_000],
    ['and is a placeholder', [[PLACEHOLDER, 1]] as Reading[], 15_000],
  ])('is to be confirmed as gone, and not before: %s', (_, readings, expiresAtMs) => {
    for (const skewMs of [-HOUR_MS, 0, HOUR_MS]) {
      const seen = lookAt(readings, skewMs)
      expect(dueAtMs(FREE, seen)).toBe(expiresAtMs)
      expect(judge(FREE, seen, expiresAtMs - 1)).toBe('unmet')
      expect(judge(FREE, seen, expiresAtMs)).toBe('confirm')
    }
  })

  it.each([[null], [0], [-5]])('is never gone if its lease duration is %s', (leaseDurationSeconds) => {
    const seen = lookAt([['b', 1]], 0, leaseDurationSeconds)
    expect(dueAtMs(FREE, seen)).toBeNull()
    expect(judge(FREE, seen, HOUR_MS)).toBe('unmet')
  })

  it.each([[HELD], [CHANGED], [HOLDER_B]])('time alone does not bring about %j', (condition) => {
    expect(dueAtMs(condition, lookAt([['b', 1]]))).toBeNull()
    expect(judge(condition, lookAt([['b', 1]]), HOUR_MS)).toBe('unmet')
  })
})
