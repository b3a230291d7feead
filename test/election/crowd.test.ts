import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'

describe('a hundred standbys', () => {
  it.each([
    ['watch', true],
    ['poll', false],
  ])('that %s replace a leader with one write and at most one read each', async (_, canWatch) => {
    const clock = new FakeClock()
    const lock = new MemoryLock({ canWatch })
    const leaders: string[] = []
    const stop = new AbortController()
    const stand = (identity: string, signal: AbortSignal): Promise<unknown> =>
      new LeaderElector({
        lock,
        clock,
        identity,
        onStartedLeading: async (leadership) => {
          leaders.push(identity)
          await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve()))
        },
      }).run(signal)

    const first = new AbortController()
    const runs = [stand('first', first.signal)]
    await clock.advance(0)
    for (let i = 0; i < 100; i++) runs.push(stand(`standby-${i}`, stop.signal))
    await clock.advance(10_000)
    lock.requests.length = 0
    first.abort()
    await clock.advance(2_000)
    if (!canWatch) await clock.advance(2_400)

    expect(leaders).toHaveLength(2)
    const count = (verb: string): number => lock.requests.filter((request) => request.startsWith(verb)).length
    expect(count('update standby')).toBeLessThanOrEqual(100 + 3)
    expect(count('read')).toBeLessThanOrEqual(canWatch ? 0 : 2 * 100 + 100)
    stop.abort()
    await clock.advance(0)
    await Promise.all(runs)
  })
})
