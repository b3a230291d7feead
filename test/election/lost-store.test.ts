import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { leader, MachineDriver } from './machine-driver.ts'
import { MemoryLock } from './memory-lock.ts'
import { heldBy, released, renewed } from './records.ts'

/** A standby that knows of a leader at version 500, since 0 s. */
function standby(): MachineDriver {
  const driver = new MachineDriver()
  driver.at(0)
  driver.read(0, heldBy('other'), 500)
  return driver
}

describe('a storage that lost its counter', () => {
  it('answers a creation with a low version, and is believed', () => {
    const driver = standby()
    driver.at(14)
    driver.read(14, null)
    expect(driver.at(15)).toBe('acquire over nothing')
    expect(driver.written(15.1, 1)).toMatch(/^watch-silent, leader me, started \(1\), wait/)
  })

  it('goes on from there', () => {
    const driver = standby()
    driver.at(14)
    driver.read(14, null)
    driver.at(15)
    driver.written(15.1, 1)
    expect(driver.at(17)).toBe('renew over 1')
    driver.written(17.1, 2)
    expect(driver.watched(18, renewed(heldBy('other'), 1), 3)).toMatch(/^stopped \(taken\), leader other/)
  })

  it('answers a read with a low version: then the watch is begun again, so that nothing of before counts as new', () => {
    const driver = standby()
    driver.at(14)
    expect(driver.read(14, renewed(heldBy('other'), 1), 3)).toMatch(/^watch-silent, wait/)
    expect(driver.watched(15, renewed(heldBy('other'), 2), 4)).toMatch(/^wait until/)
  })

  it('does not shorten the wait for the previous leader', () => {
    const driver = standby()
    driver.at(5)
    driver.read(5, null)
    driver.at(14.9)
    driver.read(14.9, null)
    expect(driver.at(14.95)).toMatch(/^wait until 15$/)
  })

  it('answers a write with a low version while the watch reports something: no candidate leads by that before a read', () => {
    const driver = standby()
    driver.at(14)
    driver.read(14, null)
    driver.at(15)
    const { write } = driver
    // From before the loss, and late; or from after it.
    driver.watched(15.05, renewed(heldBy('other'), 3), 505)
    const answer = driver.written(15.1, 1, write)
    expect(answer).toMatch(/^watch-silent, /)
    expect(answer).not.toMatch(/started/)
    expect(driver.machine.isLeading).toBe(false)
  })

  it('a write that the watch has overtaken is not such an answer', () => {
    const driver = new MachineDriver()
    driver.at(0)
    driver.read(0, released(heldBy('')), 500)
    const { write } = driver
    expect(driver.watched(0.05, heldBy('other'), 502)).not.toMatch(/watch-silent/)
    expect(driver.written(0.1, 501, write)).not.toMatch(/started|watch-silent/)
  })

  it('and tells a leader so by an answer, does not stop it', () => {
    const driver = leader()
    expect(driver.at(2)).toBe('renew over 10')
    expect(driver.written(2.1, 3)).toMatch(/^watch-silent, wait until 4$/)
    expect(driver.at(4)).toBe('renew over 3')
  })
})

it('the next leader comes when the last one must have ended, and no later', async () => {
  const clock = new FakeClock()
  const lock = new MemoryLock({ canWatch: false })
  const leads: string[] = []
  const run = (identity: string): void => {
    void new LeaderElector({
      lock,
      clock,
      identity,
      random: () => 0.5,
      rejoin: true,
      onStartedLeading: ({ signal }) => {
        leads.push(`${identity} at ${(clock.monotonicMs() - 1_000) / 1_000}`)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    }).run(new AbortController().signal)
  }
  run('a')
  await clock.advance(1_000)
  run('b')
  await clock.advance(20_000)
  lock.lose()
  await clock.advance(16_000)
  expect(leads).toEqual(['a at 0', expect.stringMatching(/^b at 3[3-6]/)])
})

describe('a candidate that is told to leave while the fate of its write is open', () => {
  it.each<[string, number]>([
    ['at once', 0],
    ['while it reads', 3_300],
    ['before it reads', 1_000],
  ])('releases the lease: %s', async (_when, afterMs) => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    lock.isWatchSilent = true
    const create = lock.create.bind(lock)
    lock.create = async (...request) => {
      await create(...request)
      throw new LockError('unknown', 'connection reset')
    }
    const stop = new AbortController()
    const elector = new LeaderElector({ lock, clock, identity: 'me', random: () => 0.5, onStartedLeading: () => Promise.reject(new Error('leads')) })
    const ended = elector.run(stop.signal)
    await clock.advance(0)
    const read = lock.read.bind(lock)
    lock.read = async (signal) => {
      await clock.sleep(300)
      return read(signal)
    }
    await clock.advance(afterMs)
    stop.abort()
    await clock.advance(1_000)
    expect(await ended).toBeNull()
    expect(lock.record!.holderIdentity).toBe('')
  })

  it('does not wait forever for the answer', async () => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    lock.troubles.push(new LockError('rejected', 'not yet'), 'apply-and-hang')
    const stop = new AbortController()
    const elector = new LeaderElector({ lock, clock, identity: 'me', random: () => 0.5, onStartedLeading: () => Promise.reject(new Error('leads')) })
    const ended = elector.run(stop.signal)
    await clock.advance(4_000)
    lock.isWatchSilent = true
    lock.read = () => new Promise(() => undefined)
    stop.abort()
    await clock.advance(30_000)
    expect(await ended).toBeNull()
    expect(clock.sleeping).toBe(0)
  })
})
