import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { systemClock } from '../../shared/time/clock.ts'

it('sleeps at least as long as asked, and forgets the signal afterwards', async () => {
  const { signal } = new AbortController()
  const startMs = systemClock.monotonicMs()
  await systemClock.sleep(20, signal)
  // Timers count whole milliseconds from a clock read before.
  expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('does not fire at once when asked to sleep longer than a timer can', async () => {
  const abort = new AbortController()
  const slept = systemClock.sleep(2 ** 40, abort.signal).then(() => 'woke', () => 'aborted')
  await systemClock.sleep(20)
  abort.abort()
  expect(await slept).toBe('aborted')
})
