import { describe, expect, it } from 'vitest'
import { DrawTimer } from '../../kubectl-plugin/watch/draw-timer.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

function start() {
  const clock = new FakeClock({ monotonicMs: 0 })
  const timer = new DrawTimer(clock)
  const draws: number[] = []
  const over = new AbortController()
  const ended = timer.run(() => draws.push(clock.monotonicMs()), over.signal)
  return { clock, timer, draws, over, ended }
}

describe('drawing', () => {
  it('begins at once, and goes on once a second', async () => {
    const { clock, draws } = start()
    await clock.advance(3_500)
    expect(draws).toEqual([0, 1_000, 2_000, 3_000])
  })

  it('happens at once when asked to', async () => {
    const { clock, timer, draws } = start()
    await clock.advance(500)
    timer.request(0)
    await clock.advance(1_000)
    expect(draws).toEqual([0, 500, 1_500])
  })

  it('happens within the time that is asked for', async () => {
    const { clock, timer, draws } = start()
    await clock.advance(300)
    timer.request(500)
    timer.request(250)
    timer.request(400)
    await clock.advance(500)
    expect(draws).toEqual([0, 550])
  })

  it('is never put off by a request', async () => {
    const { clock, timer, draws } = start()
    await clock.advance(900)
    timer.request(500)
    await clock.advance(200)
    expect(draws).toEqual([0, 1_000])
  })

  it('happens ten times a second at most, however much is asked for', async () => {
    const { clock, timer, draws } = start()
    for (let ms = 0; ms < 5_000; ms++) {
      timer.request(0)
      await clock.advance(1)
    }
    expect(draws.length).toBeGreaterThanOrEqual(50)
    expect(draws.length).toBeLessThanOrEqual(51)
    for (let i = 1; i < draws.length; i++) expect(draws[i]! - draws[i - 1]!).toBeGreaterThanOrEqual(100)
  })

  it('may be asked for while it happens', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const timer = new DrawTimer(clock)
    const draws: number[] = []
    void timer.run(() => {
      draws.push(clock.monotonicMs())
      timer.request(0)
    }, new AbortController().signal)
    await clock.advance(250)
    expect(draws).toEqual([0, 100, 200])
  })

  it('ends, and leaves nothing running', async () => {
    const { clock, draws, over, ended } = start()
    await clock.advance(500)
    over.abort()
    await ended
    await clock.advance(5_000)
    expect(draws).toEqual([0])
    expect(clock.sleeping).toBe(0)
  })
})
