import { describe, expect, it } from 'vitest'
import { RateLimit } from '../../examples/service-labeler/rate-limit.ts'
import { WorkQueue } from '../../examples/service-labeler/work-queue.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

/** A queue at work, whose handling of each key is ended by hand. */
function atWork(): {
  readonly queue: WorkQueue
  readonly clock: FakeClock
  readonly stop: AbortController
  readonly started: string[]
  readonly end: (error?: Error) => Promise<void>
  readonly ended: Promise<void>
} {
  const clock = new FakeClock()
  const stop = new AbortController()
  const queue = new WorkQueue(clock, stop.signal)
  const started: string[] = []
  let current = Promise.withResolvers<unknown>()
  const ended = queue.work(
    (key) => {
      started.push(key)
      current = Promise.withResolvers<unknown>()
      return current.promise.then(() => undefined)
    },
    () => undefined,
  )
  const end = async (error?: Error): Promise<void> => {
    if (error) current.reject(error)
    else current.resolve(null)
    await clock.advance(0)
  }
  return { queue, clock, stop, started, end, ended }
}

describe('the work queue of the service labeler', () => {
  it('hands out a key once, however often it is added', async () => {
    const { queue, clock, started, end } = atWork()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    await clock.advance(0)
    await end()
    await end()
    expect(started).toEqual(['a', 'b'])
  })

  it('hands out a key again that was added while it was being processed, afterwards', async () => {
    const { queue, clock, started, end } = atWork()
    queue.add('a')
    await clock.advance(0)
    queue.add('a')
    await clock.advance(0)
    expect(started).toEqual(['a'])
    await end()
    expect(started).toEqual(['a', 'a'])
  })

  it('retries a key that failed, after a delay that doubles each time', async () => {
    const { queue, clock, started, end } = atWork()
    queue.add('a')
    await clock.advance(0)
    for (const [failures, pauseMs] of [100, 200, 400, 800].entries()) {
      await end(new Error('no'))
      await clock.advance(pauseMs - 1)
      expect(started).toHaveLength(failures + 1)
      await clock.advance(1)
      expect(started).toHaveLength(failures + 2)
    }
  })

  it('starts with the first delay again after a success', async () => {
    const { queue, clock, started, end } = atWork()
    queue.add('a')
    await clock.advance(0)
    await end(new Error('no'))
    await clock.advance(100)
    await end()
    queue.add('a')
    await clock.advance(0)
    await end(new Error('no'))
    await clock.advance(100)
    expect(started).toHaveLength(4)
  })

  it('processes other keys while one that failed waits', async () => {
    const { queue, clock, started, end } = atWork()
    queue.add('a')
    await clock.advance(0)
    await end(new Error('no'))
    queue.add('b')
    await clock.advance(0)
    expect(started).toEqual(['a', 'b'])
  })

  it('ends when it is aborted, without processing the waiting keys', async () => {
    const { queue, clock, stop, started, end, ended } = atWork()
    queue.add('a')
    queue.add('b')
    await clock.advance(0)
    stop.abort()
    await end()
    await ended
    expect(started).toEqual(['a'])
  })

  it('ends when it is aborted while there is nothing to do', async () => {
    const { clock, stop, ended } = atWork()
    await clock.advance(0)
    stop.abort()
    await expect(ended).resolves.toBeUndefined()
  })
})

describe('the rate limit of the service labeler', () => {
  const taken = async (limit: RateLimit, clock: FakeClock, tokens: number): Promise<() => number> => {
    let count = 0
    for (let token = 0; token < tokens; token++) void limit.take(new AbortController().signal).then(() => count++)
    await clock.advance(0)
    return () => count
  }

  it('allows a burst immediately, and the rest at its rate', async () => {
    const clock = new FakeClock()
    const count = await taken(new RateLimit(clock, { perSecond: 10, burst: 5 }), clock, 20)
    expect(count()).toBe(5)
    await clock.advance(1_000)
    expect(count()).toBe(15)
    await clock.advance(1_000)
    expect(count()).toBe(20)
  })

  it('accumulates at most one burst while it is idle', async () => {
    const clock = new FakeClock()
    const limit = new RateLimit(clock, { perSecond: 10, burst: 5 })
    await clock.advance(60_000)
    const count = await taken(limit, clock, 20)
    expect(count()).toBe(5)
  })
})
