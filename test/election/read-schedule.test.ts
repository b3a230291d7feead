import { describe, expect, it } from 'vitest'
import { ReadSchedule } from '../../shared/election/machine/read-schedule.ts'

describe('when a standby reads', () => {
  const watched = (): ReadSchedule => {
    const reads = new ReadSchedule({ retryPeriodMs: 2_000, jitterFactor: 1.2 }, () => 0)
    reads.watched(1_000)
    return reads
  }

  it('a watch that works saves the reads', () => {
    expect(watched().dueMs).toBe(5_400)
  })

  it('a watch that ended is not relied on: it reads at the next poll', () => {
    const reads = watched()
    reads.watchEnded(1_100)
    expect(reads.dueMs).toBe(3_100)
  })

  it('a watch that ended does not put off what is due', () => {
    const reads = watched()
    reads.watchEnded(5_000)
    expect(reads.dueMs).toBe(5_400)
  })
})
