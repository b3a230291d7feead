import { expect, it } from 'vitest'
import { WatchLoop } from '../../shared/election/watch-loop.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { Lock, LockEvent } from '../../shared/locks/lock.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

const DELETED: LockEvent = { type: 'deleted', version: '1' }

it('a watch that keeps failing reports each failure once, and again after it has worked', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  const told: string[] = []
  let tries = 0
  const lock: Pick<Lock, 'watch'> = {
    async watch(listener) {
      tries += 1
      if (tries === 20) listener(DELETED)
      throw new LockError('unknown', tries > 10 && tries < 15 ? 'refused' : 'broken')
    },
  }
  const loop = new WatchLoop({
    lock: lock as Lock,
    clock,
    pauseMs: () => 1_000,
    onEvent: ({ type }) => told.push(type),
    onEnd: () => undefined,
    onError: (error) => told.push((error as Error).message),
  })
  const running = loop.run(stop.signal)
  await clock.advance(30_000)
  stop.abort()
  await running
  expect(tries).toBeGreaterThan(25)
  expect(told).toEqual(['broken', 'refused', 'broken', 'deleted', 'broken'])
})
