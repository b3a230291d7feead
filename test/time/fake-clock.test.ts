import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../shared/time/fake-clock.ts'

describe('FakeClock', () => {
  it('wakes sleepers in the order in which they are due, each at its own time', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const woken: [string, number][] = []
    void clock.sleep(30).then(() => woken.push(['late', clock.monotonicMs()]))
    void clock.sleep(10).then(() => woken.push(['early', clock.monotonicMs()]))
    await clock.advance(40)
    expect(woken).toEqual([['early', 10], ['late', 30]])
    expect(clock.monotonicMs()).toBe(40)
  })

  it('wakes sleeps that a woken sleeper starts, within the same advance', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const woken: number[] = []
    void (async () => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10)
        woken.push(clock.monotonicMs())
      }
    })()
    await clock.advance(25)
    expect(woken).toEqual([10, 20])
    expect(clock.sleeping).toBe(1)
  })

  it('rejects a sleep with the reason of its signal, and forgets it', async () => {
    const clock = new FakeClock()
    const abort = new AbortController()
    const slept = clock.sleep(1000, abort.signal)
    abort.abort(new Error('enough'))
    await expect(slept).rejects.toThrow('enough')
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('enough')
    expect(clock.sleeping).toBe(0)
  })

  it('lets the wall clock jump alone', () => {
    const clock = new FakeClock({ wallMs: 5000, monotonicMs: 100 })
    clock.jumpWall(-2000)
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([3000, 100])
  })
})
