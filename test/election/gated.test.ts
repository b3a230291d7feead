import { describe, expect, it } from 'vitest'
import type { HealthSettings } from '../../shared/election/health-config.ts'
import type { Input } from '../../shared/election/machine/protocol.ts'
import { MachineDriver } from './machine-driver.ts'
import { heldBy, released } from './records.ts'

const health: HealthSettings = { check: () => Promise.resolve(), graceMs: 30_000 }
const healthy: Input = { type: 'health', isHealthy: true }
const unhealthy: Input = { type: 'health', isHealthy: false }

/** A candidate with a health check that has not passed yet. */
const gated = (): MachineDriver => new MachineDriver({ health, rejoin: true })

/** One that leads: its write was sent at 0 s, and answered at 0.1 s. */
function healthyLeader(): MachineDriver {
  const driver = gated()
  driver.at(0, healthy)
  driver.read(0, null)
  driver.written(0.1, 10)
  return driver
}

/** One that leads although it has never been healthy: its write was sent at 30 s. */
function leaderByGrace(): MachineDriver {
  const driver = gated()
  driver.at(0)
  driver.read(0, null)
  driver.at(30)
  expect(driver.written(30.1, 10)).toMatch(/started \(10\), wait/)
  return driver
}

describe('an unhealthy candidate', () => {
  it.each<[string, (driver: MachineDriver) => string, number]>([
    ['has no record', (driver) => driver.read(0, null), 30],
    ['was released', (driver) => driver.read(0, released()), 30],
    ['is held, and expires', (driver) => driver.read(0, heldBy('other')), 45],
  ])('acquires a lease only after it has seen it free for the grace period: one that %s', (_, find, atSeconds) => {
    const driver = gated()
    driver.at(0)
    find(driver)
    for (let s = 1; s < atSeconds; s++) {
      const action = driver.at(s)
      expect(action).not.toMatch(/acquire/)
      if (action === 'read') driver.at(s, { type: 'read-failed' })
    }
    expect(driver.at(atSeconds)).toMatch(/acquire over/)
  })

  it('acquires at once when it becomes healthy', () => {
    const driver = gated()
    driver.at(0)
    driver.read(0, null)
    expect(driver.at(3, unhealthy)).not.toMatch(/acquire/)
    expect(driver.at(4, healthy)).toMatch(/acquire over nothing/)
  })

  it('counts again when the lease was held meanwhile', () => {
    const driver = gated()
    driver.at(0)
    driver.read(0, released())
    driver.watched(20, heldBy('other'), 2)
    driver.watched(25, released(heldBy('other')), 3)
    expect(driver.at(54)).not.toMatch(/acquire/)
    expect(driver.at(55)).toMatch(/acquire over 3/)
  })

  it('does not take what a failover hands to it', () => {
    const driver = gated()
    driver.at(0)
    driver.read(0, heldBy('other'))
    expect(driver.watched(1, heldBy('me'), 2, true)).not.toMatch(/acquire/)
    expect(driver.at(1.5, healthy)).toMatch(/acquire over 2/)
  })
})

describe('a leader that becomes unhealthy', () => {
  it('ends its work, keeps the lease until that has ended, and releases it', () => {
    const driver = healthyLeader()
    expect(driver.at(1, unhealthy)).toMatch(/^stopped \(unhealthy\), wait/)
    expect(driver.at(2)).toBe('renew over 10')
    driver.written(2.1, 11)
    expect(driver.at(2.2, { type: 'work-ended' })).toBe('release over 11')
    expect(driver.written(2.3, 12)).toMatch(/^ended \(unhealthy, released\)/)
  })

  it('then leaves the lease to others for the grace period, and to itself once it is healthy', () => {
    const driver = healthyLeader()
    driver.at(1, unhealthy)
    driver.at(1.1, { type: 'work-ended' })
    driver.written(1.2, 11)
    for (const s of [5, 10, 31]) if (driver.at(s) === 'read') driver.at(s, { type: 'read-failed' })
    expect(driver.at(31.1)).not.toMatch(/acquire/)
    expect(driver.at(31.2)).toMatch(/acquire over 11/)
  })

  it('ends its term also if it became unhealthy while it acquired the lease', () => {
    const driver = gated()
    driver.at(0, healthy)
    driver.read(0, null)
    const { write } = driver
    driver.at(0.05, unhealthy)
    expect(driver.written(0.1, 10, write)).toMatch(/started \(10\), stopped \(unhealthy\)/)
  })
})

describe('a leader by grace', () => {
  it('goes on leading while it is unhealthy', () => {
    const driver = leaderByGrace()
    expect(driver.at(31, unhealthy)).not.toMatch(/stopped/)
    expect(driver.at(33)).toBe('renew over 10')
  })

  it('is held to its health once it has been healthy', () => {
    const driver = leaderByGrace()
    expect(driver.at(31, healthy)).not.toMatch(/stopped/)
    expect(driver.at(31.5, unhealthy)).toMatch(/^stopped \(unhealthy\)/)
  })
})

it('without a health check, a candidate is healthy', () => {
  const driver = new MachineDriver()
  driver.at(0)
  expect(driver.read(0, null)).toMatch(/acquire over nothing/)
})
