import { describe, expect, it, vi } from 'vitest'
import { EarliestAlarm } from '../../shared/cluster/list-watch/earliest-alarm.ts'
import { Backoff } from '../../shared/cluster/list-watch/backoff.ts'
import type { ClusterErrorKind } from '../../shared/cluster/errors.ts'
import { PauseDetector } from '../../shared/cluster/list-watch/pause-detector.ts'
import { compareVersions } from '../../shared/cluster/list-watch/resource-version.ts'
import { Retry } from '../../shared/cluster/list-watch/retry.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail } from '../support/fake-client.ts'

describe('a backoff', () => {
  it.each([
    ['the longest waits', 1, [100, 200, 400, 500, 500]],
    ['the shortest waits', 0, [50, 100, 200, 250, 250]],
  ])('doubles up to its limit, with jitter: %s', (_, random, expected) => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 500, random: () => random })
    expect(expected.map(() => backoff.next())).toEqual(expected)
    backoff.reset()
    expect(backoff.next()).toBe(expected[0])
  })
})

describe('after a failure', () => {
  /** The waits after the same failure again and again, without jitter. */
  function waits(kind: ClusterErrorKind, retryAfterMs?: number): number[] {
    const retry = new Retry(() => 1)
    const error = fail(kind, retryAfterMs === undefined ? {} : { retryAfterMs })
    return Array.from({ length: 8 }, () => retry.delayMs(error) / 1000)
  }

  it.each<[ClusterErrorKind, number | undefined, readonly number[]]>([
    ['unreachable', undefined, [0.8, 1.6, 3.2, 4, 4, 4, 4, 4]],
    ['server', undefined, [0.8, 1.6, 3.2, 4, 4, 4, 4, 4]],
    ['timeout', undefined, [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]],
    ['forbidden', undefined, [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]],
    ['tooManyRequests', 2_000, [2, 2, 3.2, 4, 4, 4, 4, 4]],
    ['tooManyRequests', 3_600_000, [60, 60, 60, 60, 60, 60, 60, 60]],
  ])('%s (retry after %s ms) the next try is %j s later', (kind, retryAfterMs, expected) => {
    expect(waits(kind, retryAfterMs)).toEqual(expected)
  })
})

describe('an alarm', () => {
  it('rings once, at the earliest time it was set for', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const rings: number[] = []
    const alarm = new EarliestAlarm(clock, () => rings.push(clock.monotonicMs()))
    alarm.setForMs(500)
    alarm.setForMs(300)
    alarm.setForMs(400)
    await clock.advance(1_000)
    expect(rings).toEqual([300])
    alarm.setForMs(1_200)
    await clock.advance(1_000)
    expect(rings).toEqual([300, 1_200])
  })

  it('rings at once for a time that has passed, and not for never', async () => {
    const clock = new FakeClock({ monotonicMs: 1_000 })
    const ring = vi.fn()
    const alarm = new EarliestAlarm(clock, ring)
    alarm.setForMs(Number.POSITIVE_INFINITY)
    expect(clock.sleeping).toBe(0)
    alarm.setForMs(10)
    await clock.advance(0)
    expect(ring).toHaveBeenCalledExactlyOnceWith(0)
  })
})

describe('a pause', () => {
  it.each([
    ['no time more than meant', 10_000, 10_000, 0],
    ['a bit more', 14_000, 14_000, 0],
    ['a process that was stopped', 70_000, 70_000, 70_000],
    ['a machine that slept, with its monotonic clock', 10_000, 3_600_000, 3_600_000],
    ['a wall clock that was set back', 10_000, -3_600_000, 0],
  ])('is seen of the clocks, or not: %s', (_, monotonicMs, wallMs, expected) => {
    let nowMs = 0
    const clock = { monotonicMs: () => nowMs && monotonicMs, wallMs: () => nowMs && wallMs, sleep: vi.fn() }
    const pauses = new PauseDetector(clock)
    nowMs = 1
    expect(pauses.pausedMs(10_000)).toBe(expected)
  })
})

it.each([
  ['9', '10', -1],
  ['10', '9', 1],
  ['10', '10', 0],
  ['x', 'x', 0],
  ['18446744073709551614', '18446744073709551615', -1],
  ['x', '10', null],
  ['10', '', null],
  ['-1', '10', null],
])('compares version %s to %s: %s', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected))
