import { describe, expect, it } from 'vitest'
import { overlapsOf, withoutPauses, type Acting, type Exclusion } from './leadership.ts'

const acting = (by: string, fromMs: number, untilMs: number): Acting => ({ by, fromMs, untilMs })
const excluded = (of: string, fromMs: number, untilMs: number): Exclusion => ({ of, why: 'paused', fromMs, untilMs })

describe('overlaps', () => {
  it.each<[string, Acting[], Exclusion[], object[]]>([
    ['one after the other', [acting('a', 0, 5), acting('b', 5, 9)], [], []],
    ['the same again', [acting('a', 0, 5), acting('a', 4, 9)], [], []],
    ['at once', [acting('b', 4, 9), acting('a', 0, 6)], [], [{ first: 'a', second: 'b', lengthMs: 2, owedTo: null }]],
    ['one within the other', [acting('a', 0, 9), acting('b', 3, 4)], [], [{ lengthMs: 1, owedTo: null }]],
    ['still at it', [acting('a', 0, Infinity), acting('b', 3, 4)], [], [{ lengthMs: 1, owedTo: null }]],
    ['excluded', [acting('a', 0, 6), acting('b', 4, 9)], [excluded('a', 3, 6)], [{ lengthMs: 2, owedTo: 'paused' }]],
    ['longer than the exclusion', [acting('a', 0, 6), acting('b', 4, 9)], [excluded('a', 3, 5)], [{ owedTo: null }]],
    ['before the exclusion', [acting('a', 0, 6), acting('b', 4, 9)], [excluded('a', 5, 9)], [{ owedTo: null }]],
    ['the exclusion of a third', [acting('a', 0, 6), acting('b', 4, 9)], [excluded('c', 0, 9)], [{ owedTo: null }]],
  ])('%s', (_, actings, exclusions, overlaps) => {
    expect(overlapsOf(actings, exclusions)).toMatchObject(overlaps)
    expect(overlapsOf(actings, exclusions)).toHaveLength(overlaps.length)
  })
})

describe('acting without pauses', () => {
  it.each<[string, [number, number][], [number, number][]]>([
    ['none', [], [[10, 20]]],
    ['within', [[12, 15]], [[10, 12], [15, 20]]],
    ['two', [[12, 13], [15, 16]], [[10, 12], [13, 15], [16, 20]]],
    ['over the end', [[15, 30]], [[10, 15]]],
    ['all of it', [[5, 30]], []],
    ['elsewhere', [[30, 40]], [[10, 20]]],
  ])('%s', (_, pauses, pieces) => {
    const left = withoutPauses(acting('a', 10, 20), pauses.map(([fromMs, untilMs]) => ({ fromMs, untilMs })))
    expect(left.map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual(pieces)
  })
})
