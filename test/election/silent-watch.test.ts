import { expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'
import { heldBy, renewed } from './records.ts'

it('a watch that did not tell what a read finds is begun again', async () => {
  const clock = new FakeClock()
  const lock = new MemoryLock()
  lock.write(heldBy('other'))
  const stop = new AbortController()
  const elector = new LeaderElector({ lock, clock, identity: 'me', onStartedLeading: ({ signal }) => aborted(signal) })
  const ended = elector.run(stop.signal)
  await clock.advance(1_000)
  expect(lock.watches).toBe(1)
  lock.isWatchSilent = true
  for (let second = 0; second < 60; second++) {
    if (second % 2 === 0) lock.write(renewed(heldBy('other'), second))
    await clock.advance(1_000)
  }
  expect(lock.watches).toBeGreaterThan(1)
  stop.abort()
  await clock.advance(0)
  expect(await ended).toBeNull()
})
