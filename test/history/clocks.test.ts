import { describe, expect, it } from 'vitest'
import { compareClocks, type ClockReading } from '../../shared/history/clocks.ts'

/** A write at a time that all clocks would agree on, by a source whose clock is so far ahead; milliseconds. */
const write = (source: number, atMs: number, revision: number, aheadMs = 0, clientMs: number | null = atMs): ClockReading => ({
  ...{ source, receivedMs: atMs + aheadMs, completedMs: atMs + aheadMs + 5, firstRevision: revision, lastRevision: revision },
  aheadOfClientMs: clientMs === null ? null : atMs + aheadMs - clientMs,
})

describe('the clock of a source that only wrote before the other one did', () => {
  it('is off by as much as the clocks of the clients say, and certainly by as much as the order says', () => {
    const readings = [write(1, 0, 1, 2_000), write(1, 1_000, 2, 2_000), write(0, 2_500, 3)]
    const [a, b] = compareClocks(readings, 2)
    expect(a).toEqual({ offsetMs: 0, uncertaintyMs: 0 })
    expect(b!.offsetMs).toBe(2_000)
    expect(b!.uncertaintyMs).toBeGreaterThanOrEqual(2_000 - 495)
  })

  it('is off by what the order says, if no client tells its time', () => {
    const readings = [write(1, 0, 1, 2_000, null), write(1, 1_000, 2, 2_000, null), write(0, 2_500, 3, 0, null)]
    expect(compareClocks(readings, 2)[1]).toEqual({ offsetMs: 495, uncertaintyMs: 495 })
  })
})
