import { describe, expect, it } from 'vitest'
import { observe } from '../../shared/lease/observation.ts'
import { BLOCK_PREFIX, PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { statusOf } from '../../shared/lease/status.ts'
import { firstTold, judge, nextJudgementAtMs, tell, type Transition } from '../../shared/lease/transition.ts'

let renewals = 0

/** A record as its holder has just written it. */
function held(
  holderIdentity: string,
  leaseTransitions: number,
  leaseDurationSeconds: number | null = 15,
): ElectionRecord {
  const renewTime = `2026-01-01T00:00:00.${String(++renewals).padStart(6, '0')}Z`
  const times = { acquireTime: null, renewTime, strategy: null, preferredHolder: null }
  return { holderIdentity, leaseDurationSeconds, leaseTransitions, ...times }
}

const free = (leaseTransitions: number): ElectionRecord => held('', leaseTransitions, 1)
const block = (leaseTransitions: number): ElectionRecord => held(`${BLOCK_PREFIX}n0nce`, leaseTransitions)
const placeholder = (leaseTransitions: number): ElectionRecord => held(`${PLACEHOLDER_PREFIX}n0nce`, leaseTransitions)

/** What is told of a whole sequence of readings. */
function story(first: ElectionRecord, ...later: readonly ElectionRecord[]): Transition[] {
  let told = firstTold(first)
  let before = first
  return later.flatMap((after) => {
    const telling = tell(told, before, after)
    told = telling.told
    before = after
    return telling.transitions
  })
}

const acquired = (previousHolderIdentity: string, unseenTransitions?: number): Transition => ({
  type: 'acquired',
  previousHolderIdentity,
  ...(unseenTransitions !== undefined && { unseenTransitions }),
})
const released = (previousHolderIdentity: string, unseenTransitions?: number): Transition => ({
  ...acquired(previousHolderIdentity, unseenTransitions),
  type: 'released',
})
const renewed: Transition = { type: 'renewed' }

describe('what a change of the record reports', () => {
  const a = held('a', 3)
  it.each<[string, readonly ElectionRecord[], readonly Transition[]]>([
    ['the same record again', [a, a], []],
    ['a renewal', [a, held('a', 3)], [renewed]],
    ['another holder', [a, held('b', 4)], [acquired('a')]],
    ['another holder, written without counting', [a, held('b', 3)], [acquired('a')]],
    ['another holder, and a count that went back', [a, held('b', 0)], [acquired('a')]],
    ['another holder, after two that were not seen', [a, held('b', 6)], [acquired('a', 2)]],
    ['a release', [a, free(3)], [released('a')]],
    ['a release by a later holder that was not seen', [a, free(4)], [released('a', 1)]],
    ['acquiring after a release', [a, free(3), held('b', 4)], [released('a'), acquired('')]],
    ['acquiring a free one, after others', [free(3), held('b', 6)], [acquired('', 2)]],
    ['a term between two readings of a free one', [free(3), free(4)], [released('', 1)]],
    ['a free one, written again', [free(3), free(3)], []],
    ['the same holder again, having let go unseen', [a, held('a', 4)], [acquired('')]],
    ['the same holder again, after another', [a, held('a', 5)], [acquired('a', 1)]],
    ['the same holder again, having let go', [a, free(3), held('a', 4)], [released('a'), acquired('')]],
    ['a count that is not a count', [a, held('a', 1e300)], [renewed]],
    ['a count from one edge to the other', [held('a', -1e308), held('b', 1e308)], [acquired('a')]],
    ['a fraction', [held('a', 0.5), held('b', 0.75)], [acquired('a')]],
  ])('%s', (_, [first, ...later], expected) => {
    expect(story(first!, ...later)).toEqual(expected)
  })
})

describe('with a placeholder there is no leader', () => {
  it.each<[string, readonly ElectionRecord[], readonly Transition[]]>([
    ['it is not reported', [held('a', 3), placeholder(3), placeholder(3)], []],
    ['the new leader follows the leader before it', [held('a', 3), placeholder(3), held('b', 4)], [acquired('a')]],
    ['its release is the leader’s end', [held('a', 3), placeholder(3), free(3)], [released('a')]],
    ['undone, the leader just goes on', [held('a', 3), placeholder(3), held('a', 3)], [renewed]],
    ['changes before it are reported after it', [held('a', 3), placeholder(5), held('b', 6)], [acquired('a', 2)]],
    ['first reading, without a leader before', [placeholder(3), held('b', 4)], [acquired('')]],
    ['met first, and released, nothing ended', [placeholder(3), free(3)], []],
  ])('%s', (_, [first, ...later], expected) => {
    expect(story(first!, ...later)).toEqual(expected)
  })
})

describe('with a block for maintenance there is no leader', () => {
  it.each<[string, readonly ElectionRecord[], readonly Transition[]]>([
    ['it is not reported', [held('a', 3), placeholder(3), block(4), block(4)], []],
    ['its release is the leader’s end, and its own acquisition does not count', [held('a', 3), placeholder(3), block(4), free(4), held('b', 5)], [released('a'), acquired('')]],
    ['of a free lease, only the new leader is reported', [free(3), block(4), free(4), held('b', 5)], [acquired('')]],
    ['changes before it are reported after it', [held('a', 3), block(6), held('b', 7)], [acquired('a', 2)]],
  ])('%s', (_, [first, ...later], expected) => {
    expect(story(first!, ...later)).toEqual(expected)
  })
})

describe('what time alone reports', () => {
  /** What is told at each of some moments of a record that was renewed at 0 and not since. */
  function judgements(record: ElectionRecord, momentsMs: readonly number[], hasSeenChange = true): string[] {
    const first = observe(undefined, hasSeenChange ? held('x', 0) : record, 0)
    const observation = observe(first, record, 0)
    let told = firstTold(record)
    return momentsMs.flatMap((atMs) => {
      const status = statusOf(observation, { monotonicMs: atMs, wallMs: Date.UTC(2030, 0, 1) })
      const telling = judge(told, record, status)
      told = telling.told
      return telling.transitions.map(({ type }) => `${atMs / 1000} ${type}`)
    })
  }

  it.each<[string, ElectionRecord, readonly number[], boolean, readonly string[]]>([
    ['late, then expired', held('a', 0), [9_999, 10_000, 11_000, 15_000, 16_000], true, ['10 late', '15 expired']],
    ['expired immediately, without an earlier check', held('a', 0), [20_000, 21_000], true, ['20 expired']],
    ['nothing by recorded times alone', held('a', 0), [14_999], false, []],
    ['expired, when it was watched for its whole duration', held('a', 0), [10_000, 15_000], false, ['15 expired']],
    ['nothing of a free one', free(0), [60_000], true, []],
    ['nothing of a placeholder', placeholder(0), [60_000], true, []],
    ['nothing of a block', block(0), [60_000], true, []],
    ['nothing without a duration', held('a', 0, null), [60_000], true, []],
  ])('%s', (_, record, momentsMs, hasSeenChange, expected) => {
    expect(judgements(record, momentsMs, hasSeenChange)).toEqual(expected)
  })

  it.each(['late', 'expired'] as const)('a leader that was %s and renews has recovered', (turn) => {
    const before = held('a', 0)
    const { told, transitions } = tell({ ...firstTold(before), turn }, before, held('a', 0))
    expect(transitions).toEqual([renewed, { type: 'recovered' }])
    expect(told.turn).toBeNull()
  })

  it('a leader that was expired and is followed by another has not recovered', () => {
    const before = held('a', 0)
    expect(tell({ ...firstTold(before), turn: 'expired' }, before, held('b', 1)).transitions).toEqual([acquired('a')])
  })

  it.each<[string, ElectionRecord, 'late' | 'expired' | null, boolean, number]>([
    ['two thirds of the duration', held('a', 0), null, true, 10_000],
    ['the whole, once late', held('a', 0), 'late', true, 15_000],
    ['the whole, where no change was seen', held('a', 0), null, false, 15_000],
    ['never, once expired', held('a', 0), 'expired', true, Number.POSITIVE_INFINITY],
    ['never, if it is free', free(0), null, true, Number.POSITIVE_INFINITY],
    ['never, for a placeholder', placeholder(0), null, true, Number.POSITIVE_INFINITY],
    ['never, for a block', block(0), null, true, Number.POSITIVE_INFINITY],
    ['never, without a duration', held('a', 0, -5), null, true, Number.POSITIVE_INFINITY],
  ])('is next to be judged at %s', (_, record, turn, hasSeenChange, expected) => {
    const observation = { record, firstSeenAtMs: 0, changedAtMs: 0, hasSeenChange }
    expect(nextJudgementAtMs({ ...firstTold(record), turn }, observation)).toBe(expected)
  })
})
