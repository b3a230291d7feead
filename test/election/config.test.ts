import { describe, expect, it } from 'vitest'
import { electorConfig, type ElectorSettings } from '../../shared/election/config.ts'
import { InvalidElectorOption } from '../../shared/election/invalid-option.ts'
import { MemoryLock } from './memory-lock.ts'

const lock = new MemoryLock()
const least: ElectorSettings = { lock, identity: 'me' }

describe('the settings of an elector', () => {
  it("default to client-go's timings", () => {
    expect(electorConfig(least)).toMatchObject({
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      jitterFactor: 1.2,
      releaseOnCancel: true,
      rejoin: false,
      maxHoldMs: 0,
      name: 'lease default/test',
    })
  })

  it('keep the default if a setting is undefined', () => {
    const settings = { ...least, renewDeadlineMs: undefined } as unknown as ElectorSettings
    expect(electorConfig(settings).renewDeadlineMs).toBe(10_000)
  })

  it.each<[why: string, option: string, settings: object, message: RegExp]>([
    ['an empty identity', 'identity', { identity: '' }, /must not be empty/],
    ["a failover's identity", 'identity', { identity: 'kubectl-leader-failover_1' }, /is reserved for failovers/],
    ['no lock', 'lock', { lock: undefined }, /must have the methods/],
    ['a lease as long as the renew deadline', 'leaseDurationMs', { renewDeadlineMs: 15_000 }, /greater than renewDeadlineMs/],
    ['a renew deadline of a retry period × jitter factor', 'renewDeadlineMs', { renewDeadlineMs: 2_400 }, /retryPeriodMs × jitterFactor/],
    ['a lease of no time', 'leaseDurationMs', { leaseDurationMs: 0 }, /greater than zero/],
    ['a negative retry period', 'retryPeriodMs', { retryPeriodMs: -1 }, /greater than zero/],
    ['a deadline that is not a number', 'renewDeadlineMs', { renewDeadlineMs: Number.NaN }, /greater than zero/],
    ['a lease that the record cannot say', 'leaseDurationMs', { leaseDurationMs: 15_500 }, /whole number of seconds/],
    ['a lease beyond int32', 'leaseDurationMs', { leaseDurationMs: 3e12 }, /at most 2147483647 seconds/],
    ['a negative hold', 'maxHoldMs', { maxHoldMs: -1 }, /zero \(no limit\) or greater/],
    ['an unknown way to overrun', 'onOverrun', { onOverrun: 'ignore' }, /must be report or exit/],
    ['a release that is not a boolean', 'releaseOnCancel', { releaseOnCancel: 'no' }, /must be true or false/],
    ['an option that does not exist', 'leaseDuration', { leaseDuration: 15 }, /is not an option/],
  ])('refuse %s', (_, option, settings, message) => {
    const given: ElectorSettings = { ...least, ...settings }
    expect(() => electorConfig(given)).toThrow(InvalidElectorOption)
    expect(() => electorConfig(given)).toThrow(message)
    expect(() => electorConfig(given)).toThrow(expect.objectContaining({ option }))
  })

  it('end an overrunning process a fifth of the grace before the lease expires', () => {
    expect(electorConfig({ ...least, onOverrun: 'exit' }).overrunAfterMs).toBe(14_000)
    expect(electorConfig(least).overrunAfterMs).toBe(15_000)
  })
})
