import { describe, expect, it } from 'vitest'
import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'

describe('a stopwatch', () => {
  const started = (): Stopwatch => new Stopwatch({ monotonicMs: 100, wallMs: 5_000 })

  it.each([
    ['both clocks run', { monotonicMs: 110, wallMs: 5_010 }, 10],
    ['the monotonic clock stood still', { monotonicMs: 110, wallMs: 5_500 }, 500],
    ['the wall clock was set back without a sample', { monotonicMs: 110, wallMs: 4_000 }, 10],
  ])('measures the time if %s', (_name, now, elapsedMs) => {
    expect(started().elapsedMs(now)).toBe(elapsedMs)
  })
})
