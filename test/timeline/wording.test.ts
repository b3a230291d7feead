import { describe, expect, it } from 'vitest'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { fill } from '../../extension/words/fill.ts'
import { marksOf } from '../../extension/timeline/marks.ts'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
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

it('describes everything except on-time renewals', () => {
  const notable = marksOf(eventfulTimeline()).filter(({ isNotable }) => isNotable)
  expect(notable.map((mark) => markSentence(mark, strings, timeOfDay))).toEqual([
    '12:00:30: released, no leader',
    `12:00:32: ${B} took over from ${A} (it released the lease); no leader for 2.4s`,
    `12:01:01: ${B} renewed late, 11s after the previous renewal (72% of the lease duration)`,
    `12:01:24: the lease of ${B} expired`,
    `12:01:25: ${B} renewed after its lease had expired, 17s after the previous renewal (110% of the lease duration)`,
    `12:01:46: the lease of ${B} expired`,
    `12:01:49: ${A} took over from ${B} (its lease expired); no leader for 3.4s`,
    '12:02:02: no data for 12s: https://127.0.0.1:6443 does not answer.',
    '12:02:27: blocked, no leader',
    '12:02:45: released, no leader',
    `12:02:46: ${B} took over from ${A} (a failover); no leader for 19s`,
  ])
})

describe('describes the current state', () => {
  it.each<[string, number, number, string]>([
    ['a leader that renews', 180, 182, `${B} is the leader, renewed 2s ago; the lease expires in 13s.`],
    ['a late leader', 50, 61, `${B} is late: not renewed for 13s; the lease expires in 2s.`],
    [
      'an expired lease',
      91,
      108,
      `No leader: ${B} has not renewed for 19s; the lease expired 3.8s ago.`,
    ],
    ['a lease that was dead before', 0, 50, `No leader: no renewal of ${A} was observed in 50s; the last one was before that.`],
    ['a release', 31, 32, 'No leader: the lease was released.'],
    ['a failover', 150, 155, 'No leader: the lease is blocked.'],
    ['a first reading', 0, 5, `${A} is recorded as the holder; no renewal observed yet.`],
    [
      'a lost connection',
      125,
      130,
      'Connection lost, data is stale since 12:02:02: https://127.0.0.1:6443 does not answer.',
    ],
  ])('%s', (_, untilSecond, second, expected) => {
    const snapshot = eventfulTimeline(A, untilSecond, second)
    expect(statusSentence(snapshot, strings, timeOfDay)).toBe(expected)
  })
})

it('counts transitions and late renewals', () => {
  const expected = 'Transitions: 3. Expired leases: 2. Late renewals: 2. Renewal interval: median 1.9s, longest 17s.'
  expect(countsSentence(eventfulTimeline(), strings)).toBe(expected)
  expect(countsSentence(eventfulTimeline(A, 1), strings)).toBe(
    'Transitions: 0. Expired leases: 0. No renewal interval observed yet.',
  )
})

it('announces new events, except on-time renewals', () => {
  const marks = (second: number) => marksOf(eventfulTimeline(A, second))
  expect(announcement(marks(30), marks(40), strings, timeOfDay)).toBe(
    `12:00:32: ${B} took over from ${A} (it released the lease); no leader for 2.4s`,
  )
  expect(announcement(marks(34), marks(50), strings, timeOfDay)).toBe('')
})

describe('describes a transition', () => {
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
      'that was not observed',
      { leaderlessMs: null, how: 'unseen' },
      'b took over from a (not observed); the time without a leader was not observed',
    ],
    ['without an earlier leader', { from: '' }, 'b is the leader; no earlier leader was observed'],
    ['in which the lease was overwritten', { how: 'taken', leaderlessMs: 0 }, 'b replaced a before the lease of a expired'],
    [
      'in which the lease was deleted',
      { how: 'deleted' },
      'b took over from a (the lease was deleted); no leader for 2s',
    ],
    [
      'with more that were not observed',
      { unseenTransitions: 2 },
      'b took over from a (it released the lease); no leader for 2s; 2 more transitions were not observed',
    ],
    [
      'with identities that are made harmless',
      { to: 'b\u202e{0}\u001b' },
      'b\\u202e{0}\\x1b took over from a (it released the lease); no leader for 2s',
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

it('fills placeholders once', () => {
  expect(fill('{0} and {1}, {2}', '{1}', 'b')).toBe('{1} and b, {2}')
})
