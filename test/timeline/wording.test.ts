import { describe, expect, it } from 'vitest'
import type { TimelineSnapshot } from '../../shared/lease/index.ts'
import { durationText } from '../../extension/timeline/duration-text.ts'
import { marksOf } from '../../extension/timeline/marks.ts'
import { fill, TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
import {
  announcement,
  countsSentence,
  markFact,
  markSentence,
  statusSentence,
} from '../../extension/timeline/wording.ts'
import { atSecond, eventfulTimeline } from './scene.ts'

const strings = TIMELINE_STRINGS
const timeOfDay = (wallMs: number): string => new Date(wallMs).toISOString().slice(11, 19)
const A = 'checkout-operator-cpt4khws2h-zq29j_851602cd'
const B = 'checkout-operator-cpt4khws2h-m8x4t_1bed7202'

it('says everything that is more than a renewal in time', () => {
  const notable = marksOf(eventfulTimeline()).filter(({ isNotable }) => isNotable)
  expect(notable.map((mark) => markSentence(mark, strings, timeOfDay))).toEqual([
    '12:00:30: released; nobody leads',
    `12:00:32: ${B} leads after ${A} (it released); nobody led for 2.4 s`,
    `12:01:01: ${B} renewed late, 11 s after the last time (72 % of the lease duration)`,
    `12:01:24: the lease of ${B} ran out`,
    `12:01:25: ${B} renewed after its lease had run out, 17 s after the last time (110 % of the lease duration)`,
    `12:01:46: the lease of ${B} ran out`,
    `12:01:49: ${A} leads after ${B} (its lease ran out); nobody led for 3.4 s`,
    '12:02:02: nothing is known for 12 s from here on: https://127.0.0.1:6443 does not answer.',
    '12:02:27: a failover keeps everybody out',
    '12:02:45: released; nobody leads',
    `12:02:46: ${B} leads after ${A} (a failover); nobody led for 19 s`,
  ])
})

describe('says how things stand', () => {
  it.each<[string, number, number, string]>([
    ['a leader who renews', 180, 182, `${B} leads, renewed 2.0 s ago; the lease runs out in 13 s.`],
    ['one who is late', 50, 61, `${B} is late: not renewed for 13 s; the lease runs out in 2.0 s.`],
    [
      'one whose lease ran out',
      91,
      108,
      `Nobody leads: ${B} has not renewed for 19 s, and its lease ran out 3.8 s ago.`,
    ],
    ['a release', 31, 32, 'Nobody leads: it was released.'],
    ['a failover', 150, 155, 'A failover keeps everybody out.'],
    ['a first reading', 0, 5, `${A} is recorded as the leader; no renewal was seen yet.`],
    [
      'a lost connection',
      125,
      130,
      'The connection is lost: https://127.0.0.1:6443 does not answer. Since 12:02:02 nothing is known.',
    ],
  ])('%s', (_, untilSecond, second, expected) => {
    const snapshot = eventfulTimeline(A, untilSecond, second)
    expect(statusSentence(snapshot, strings, timeOfDay)).toBe(expected)
  })
})

it('says how many hand-overs and late renewals there were', () => {
  const expected = 'Hand-overs: 3. Late renewals: 2. Renewed every 1.9 s (median), 17 s at the longest.'
  expect(countsSentence(eventfulTimeline(), strings)).toBe(expected)
  expect(countsSentence(eventfulTimeline(A, 1), strings)).toBe(
    'Hand-overs: 0. No interval between renewals was seen yet.',
  )
})

it('announces what is new, but no renewal in time', () => {
  const marks = (second: number) => marksOf(eventfulTimeline(A, second))
  expect(announcement(marks(30), marks(40), strings, timeOfDay)).toBe(
    `12:00:32: ${B} leads after ${A} (it released); nobody led for 2.4 s`,
  )
  expect(announcement(marks(34), marks(50), strings, timeOfDay)).toBe('')
})

describe('says of a hand-over', () => {
  const base = {
    at: atSecond(0),
    from: 'a',
    to: 'b',
    how: 'released',
    leaderlessMs: 2_000,
    unseenTransitions: 0,
  } as const
  it.each<[string, Partial<TimelineSnapshot['transitions'][number]>, string]>([
    [
      'what was not seen',
      { leaderlessMs: null, how: 'unseen' },
      'b leads after a (unseen); how long nobody led was not seen',
    ],
    ['what was never seen', { from: '' }, 'b leads; nobody was seen to lead before'],
    ['that it was taken', { how: 'taken', leaderlessMs: 0 }, 'b was written over a, whose lease was in force'],
    [
      'that the object was deleted',
      { how: 'deleted' },
      'b leads after a (the object was deleted); nobody led for 2.0 s',
    ],
    [
      'that there were more',
      { unseenTransitions: 2 },
      'b leads after a (it released); nobody led for 2.0 s; 2 more changes of leader were not seen',
    ],
    [
      'names that are made harmless',
      { to: 'b\u202e{0}\u001b' },
      'b\\u202e{0}\\x1b leads after a (it released); nobody led for 2.0 s',
    ],
  ])('%s', (_, change, expected) => {
    const mark = {
      kind: 'transition',
      key: '',
      at: atSecond(0),
      isNotable: true,
      change: { ...base, ...change },
    } as const
    expect(markFact(mark, strings)).toBe(expected)
  })
})

it.each([
  [-5, '0.0 s'],
  [49, '0.0 s'],
  [2_349, '2.3 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [119_400, '119 s'],
  [119_600, '2 min'],
  [185_000, '3 min 5 s'],
  [3_600_000, '1 h 0 min'],
  [5_000_000, '1 h 23 min'],
])('writes %s ms as %s', (ms, expected) => {
  expect(durationText(ms, strings)).toBe(expected)
})

it('fills placeholders once', () => {
  expect(fill('{0} and {1}, {2}', '{1}', 'b')).toBe('{1} and b, {2}')
})
