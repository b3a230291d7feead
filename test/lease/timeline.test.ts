import { beforeEach, describe, expect, it } from 'vitest'
import { isNearMiss, latenessOf, type TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import { timelineJson } from '../../shared/lease/timeline/timeline-json.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

const START_MS = 1_000
const WALL_MS = Date.UTC(2026, 0, 1)

let clock: FakeClock
let timeline: Timeline
let writes: number

beforeEach(() => {
  clock = new FakeClock({ monotonicMs: START_MS, wallMs: WALL_MS })
  timeline = new Timeline()
  writes = 0
})

const now = () => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })

/** A record as its holder writes it, with a duration of 15 s. */
function written(holderIdentity: string, leaseTransitions: number): ElectionRecord {
  return {
    holderIdentity,
    leaseDurationSeconds: 15,
    leaseTransitions,
    acquireTime: null,
    renewTime: `2026-01-01T00:00:00.${String(++writes).padStart(6, '0')}Z`,
    strategy: null,
    preferredHolder: null,
  }
}

/** Who writes the record: a holder, or nobody, or a failover. */
const HOLDERS: Readonly<Record<string, string>> = { free: '', block: 'kubectl-leader-failover_1' }

/**
 * Plays `2:a 4:free 6:b/1`: what happens, each after so many seconds. A word is who holds the record then, with the
 * transitions count after the slash; or `deleted`, `disconnected`, `connected`.
 */
async function play(story: string, untilSeconds: number): Promise<TimelineSnapshot> {
  for (const step of story.split(' ').filter(Boolean)) {
    const [atSeconds = '', what = ''] = step.split(':')
    await clock.advance(START_MS + Number(atSeconds) * 1000 - clock.monotonicMs())
    const [word = '', transitions = '0'] = what.split('/')
    if (what === 'disconnected') timeline.disconnected(now(), 'gone')
    else if (what === 'deleted' || what === 'connected') timeline[what](now())
    else timeline.read(written(HOLDERS[word] ?? word, Number(transitions)), now())
  }
  await clock.advance(START_MS + untilSeconds * 1000 - clock.monotonicMs())
  return timeline.snapshot(now())
}

const seconds = (moment: { monotonicMs: number } | null): string =>
  moment ? String((moment.monotonicMs - START_MS) / 1000) : 'now'
/** Spans as `0–15 led a`. */
const spans = (snapshot: TimelineSnapshot): string[] =>
  snapshot.spans.map(({ from, to, kind, holderIdentity }) =>
    `${seconds(from)}–${seconds(to)} ${kind} ${holderIdentity}`.trim(),
  )
/** Transitions as `20 a→b released 5`, the last the seconds without a leader. */
const transitions = (snapshot: TimelineSnapshot): string[] =>
  snapshot.transitions.map(({ at, from, to, how, leaderlessMs, unseenTransitions }) =>
    [
      seconds(at),
      `${from}→${to}`,
      how,
      leaderlessMs === null ? '?' : leaderlessMs / 1000,
      ...(unseenTransitions ? [`+${unseenTransitions}`] : []),
    ].join(' '),
  )
/** Renewals as `12 2 on-time`, the second the seconds since the last change. */
const renewals = (snapshot: TimelineSnapshot): string[] =>
  snapshot.renewals.map((renewal) =>
    [seconds(renewal.at), renewal.intervalMs === null ? '?' : renewal.intervalMs / 1000, latenessOf(renewal)].join(' '),
  )

describe('the leaders over time', () => {
  it.each<[string, string, number, readonly string[]]>([
    ['nothing, before anything was read', '', 5, []],
    ['one leader, who renews', '0:a 2:a 4:a', 5, ['0–now led a']],
    ['a free one', '0:free', 60, ['0–now free']],
    ['a release, and who follows', '0:a 2:free 4:b/1', 5, ['0–2 led a', '2–4 free', '4–now led b']],
    ['a lease that has just expired', '0:a 2:a', 17, ['0–now led a']],
    ['a lease that has expired', '0:a 2:a', 20, ['0–17 led a', '17–now expired a']],
    ['a take-over of one', '0:a 2:a 20:b/1', 21, ['0–17 led a', '17–20 expired a', '20–now led b']],
    ['a leader who came back in time', '0:a 14:a', 15, ['0–now led a']],
    ['a leader who came back too late', '0:a 2:a 18:a', 19, ['0–17 led a', '17–18 expired a', '18–now led a']],
    [
      'a failover',
      '0:a 2:block 18:free 19:b/1',
      20,
      ['0–2 led a', '2–18 blocked kubectl-leader-failover_1', '18–19 free', '19–now led b'],
    ],
    ['the same leader anew', '0:a 2:a/1', 3, ['0–2 led a', '2–now led a']],
    ['a deletion', '0:a 2:deleted 4:b', 5, ['0–2 led a', '2–4 absent', '4–now led b']],
    ['no end of a lease while nothing is seen', '0:a 2:a 5:disconnected', 60, ['0–now led a']],
    ['an end that was seen before', '0:a 2:a 20:disconnected', 60, ['0–17 led a', '17–now expired a']],
    [
      'an end that is known afterwards',
      '0:a 2:a 5:disconnected 30:connected',
      31.5,
      ['0–17 led a', '17–now expired a'],
    ],
    ['nothing while what was missed may be arriving', '0:a 2:a 5:disconnected 30:connected', 30.5, ['0–now led a']],
  ])('%s', async (_, steps, untilSeconds, expected) => {
    expect(spans(await play(steps, untilSeconds))).toEqual(expected)
  })
})

describe('transitions, with the time without a leader', () => {
  it.each<[string, string, readonly string[]]>([
    ['none, while one leads', '0:a 2:a', []],
    ['after a release', '0:a 2:free 4.5:b/1', ['4.5 a→b released 2.5']],
    ['after a lease expired: from its end', '0:a 2:a 18:b/1', ['18 a→b expired 1']],
    ['after one that was met idle: since when is not known', '0:a 18:b/1', ['18 a→b expired ?']],
    ['after a failover: from its placeholder on', '0:a 2:block 18:free 19:b/1', ['19 a→b failover 17']],
    ['after a failover that was undone: none', '0:a 2:block 4:a', []],
    ['after a deletion', '0:a 2:deleted 5:b', ['5 a→b deleted 3']],
    ['written over a lease in force', '0:a 2:b', ['2 a→b taken 0']],
    ['back to the same', '0:a 2:free 3:a/1', ['3 a→a released 1']],
    ['without an observed leader before', '0:free 3:a/1', ['3 →a unseen ?']],
    ['while disconnected', '0:a 5:disconnected 30:b/1 30:connected', ['30 a→b unseen ?']],
    ['just after a break', '0:a 5:disconnected 30:connected 30.5:b/1', ['30.5 a→b unseen ?']],
    ['of which only the beginning was seen', '0:a 2:free 5:disconnected 30:b/1 30:connected', ['30 a→b unseen ?']],
    [
      'a release in a break: since when is not known',
      '0:a 5:disconnected 30:free 30:connected 40:b/1',
      ['40 a→b unseen ?'],
    ],
    [
      'with others between that were not seen',
      '0:a 5:disconnected 30:free/2 30:connected 40:b/4',
      ['40 a→b unseen ? +3'],
    ],
  ])('%s', async (_, steps, expected) => {
    expect(transitions(await play(steps, 50))).toEqual(expected)
  })
})

describe('renewals, against their lease', () => {
  it.each<[string, string, readonly string[]]>([
    ['the first interval is not known: its beginning was not observed', '0:a 2:a', ['2 ? unknown']],
    ['then they are', '0:a 2:a 4.5:a', ['2 ? unknown', '4.5 2.5 on-time']],
    ['late from two thirds on', '0:a 2:a 12:a', ['2 ? unknown', '12 10 late']],
    ['just before', '0:a 2:a 11.9:a', ['2 ? unknown', '11.9 9.9 on-time']],
    ['expired from the whole on', '0:a 2:a 17:a', ['2 ? unknown', '17 15 expired']],
    ['counted from the first write of a term', '0:free 2:a/1 4:a/1', ['4 2 on-time']],
    [
      'not over a break',
      '0:a 2:a 5:disconnected 9:a 9:connected 11:a 13:a',
      ['2 ? unknown', '9 ? unknown', '11 ? unknown', '13 2 on-time'],
    ],
    [
      'not of what was missed and arrives',
      '0:a 2:a 5:disconnected 9:connected 9.1:a 9.2:a',
      ['2 ? unknown', '9.1 ? unknown', '9.2 ? unknown'],
    ],
    ['over a break in which it did nothing', '0:a 2:a 5:disconnected 9:connected 13:a', ['2 ? unknown', '13 11 late']],
    ['not over a placeholder', '0:a 2:a 3:block 4:a', ['2 ? unknown', '4 ? unknown']],
  ])('%s', async (_, steps, expected) => {
    expect(renewals(await play(steps, 50))).toEqual(expected)
  })

  it('are not made by reading the same record again', () => {
    const record = written('a', 0)
    for (let second = 0; second < 3; second++) timeline.read({ ...record }, { monotonicMs: second * 1000, wallMs: 0 })
    expect(timeline.snapshot(now()).renewals).toEqual([])
  })

  it('is a late renewal if it came late', () => {
    const of = (intervalMs: number | null) =>
      isNearMiss({ at: now(), holderIdentity: 'a', intervalMs, leaseDurationMs: 15_000 })
    expect([9_999, 10_000, 15_000, null].map(of)).toEqual([false, true, true, false])
  })
})

describe('what it holds', () => {
  it('is bounded, and it says from when on it is complete', async () => {
    timeline = new Timeline({ renewals: 10, spans: 5 })
    const rounds = Array.from({ length: 50 }, (_, round) => `${round * 4}:a/${round} ${round * 4 + 2}:a/${round}`)
    const snapshot = await play(rounds.join(' '), 200)
    expect([snapshot.renewals.length, snapshot.spans.length, snapshot.transitions.length]).toEqual([10, 5, 5])
    expect(seconds(snapshot.completeFrom)).toBe('180')
    expect(seconds(snapshot.renewalsFrom)).toBe('162')
  })

  it('keeps the reason and the extent of each break', async () => {
    await play('0:a 5:disconnected', 6)
    timeline.disconnected(now(), 'still gone')
    const snapshot = await play('9:connected 12:disconnected', 13)
    expect(snapshot.disconnected.map(({ from, to, reason }) => `${seconds(from)}–${seconds(to)} ${reason}`)).toEqual([
      '5–9 still gone',
      '12–now gone',
    ])
  })

  it('does not change what it has handed out', async () => {
    const before = await play('0:a', 1)
    const copy = structuredClone(before)
    await play('2:b/1 3:disconnected', 4)
    expect(before).toEqual(copy)
  })

  it('keeps the time of day of each moment, even if the clock of this machine was set', async () => {
    await play('0:a', 1)
    clock.jumpWall(3_600_000)
    const snapshot = await play('2:b/1', 3)
    expect(snapshot.spans.map(({ from }) => new Date(from.wallMs).toISOString())).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T01:00:02.000Z',
    ])
  })
})

it('is exported as JSON', async () => {
  const snapshot = await play('0:a 2:a 4:a 6:free 8:b/1 9:disconnected', 10)
  const subject = { context: 'kind', lock: 'lease', namespace: 'shop', name: 'checkout' } as const
  const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`
  expect(JSON.parse(JSON.stringify(timelineJson(subject, snapshot)))).toEqual({
    apiVersion: 'leader.kubectl.dev/v1alpha1',
    kind: 'ElectionTimeline',
    ...subject,
    completeFrom: at(0),
    renewalsCompleteFrom: null,
    recordedUntil: at(10),
    spans: [
      {
        kind: 'led',
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        from: at(0),
        to: at(6),
        durationMs: 6000,
        isStartSeen: false,
      },
      {
        kind: 'free',
        holderIdentity: '',
        leaseDurationSeconds: 15,
        from: at(6),
        to: at(8),
        durationMs: 2000,
        isStartSeen: true,
      },
      {
        kind: 'led',
        holderIdentity: 'b',
        leaseDurationSeconds: 15,
        from: at(8),
        to: null,
        durationMs: 2000,
        isStartSeen: true,
      },
    ],
    renewals: [
      { time: at(2), holderIdentity: 'a', intervalMs: null, leaseDurationSeconds: 15, lateness: 'unknown' },
      { time: at(4), holderIdentity: 'a', intervalMs: 2000, leaseDurationSeconds: 15, lateness: 'on-time' },
    ],
    transitions: [{ time: at(8), from: 'a', to: 'b', how: 'released', leaderlessMs: 2000, unseenTransitions: 0 }],
    disconnected: [{ from: at(9), to: null, reason: 'gone' }],
  })
})
