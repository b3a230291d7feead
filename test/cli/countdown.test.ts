import { beforeEach, describe, expect, it } from 'vitest'
import { Countdown } from '../../kubectl-plugin/output/countdown.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fakeSession, type FakeSession } from '../support/fake-session.ts'

describe('a countdown', () => {
  let clock: FakeClock
  let fake: FakeSession
  let countdown: Countdown
  beforeEach(() => {
    clock = new FakeClock()
    fake = fakeSession({ clock })
    Object.assign(fake.session.stderr, { isTTY: true, columns: 80 })
    countdown = new Countdown(fake.session)
  })
  const lastLine = (): string => fake.stderr().split('\r\u001b[K').at(-1)!

  it('shows once a second how long is left', async () => {
    countdown.start(3_000, (left) => `${left} left`)
    expect(lastLine()).toBe('3s left')
    await clock.advance(1_000)
    expect(lastLine()).toBe('2s left')
    await clock.advance(1_000)
    expect(lastLine()).toBe('1s left')
  })

  it('counts for what was started last', async () => {
    countdown.start(3_000, (left) => `${left} left`)
    countdown.start(9_000, (left) => `${left} more`)
    await clock.advance(1_000)
    expect(lastLine()).toBe('8s more')
    expect(clock.sleeping).toBe(1)
  })

  it('calls nothing before it is started', () => {
    expect(clock.sleeping).toBe(0)
  })

  it.each<[string, () => void]>([
    ['stopped', () => countdown.stop()],
    ['disposed of', () => countdown[Symbol.dispose]()],
  ])('wakes nobody once it is %s, and leaves nothing on the line', (_how, end) => {
    countdown.start(3_000, (left) => `${left} left`)
    end()
    expect(clock.sleeping).toBe(0)
    expect(lastLine()).toBe('')
  })
})
