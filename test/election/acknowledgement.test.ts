import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { Input } from '../../shared/election/machine/protocol.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { leader, MachineDriver } from './machine-driver.ts'
import { MemoryLock } from './memory-lock.ts'
import { heldBy, renewed } from './records.ts'

const ended: Input = { type: 'work-ended' }
const placeholder = heldBy('kubectl-leader-failover_n1', { leaseDurationSeconds: 18 })

describe('an old leader during a failover', () => {
  it('acknowledges when its work has ended, and not before', () => {
    const driver = leader({ rejoin: true })
    expect(driver.watched(1, placeholder, 11)).toMatch(/^stopped \(blocked\), wait/)
    expect(driver.at(3)).toMatch(/^wait/)
    expect(driver.at(3.5, ended)).toBe('acknowledge over 11')
    expect(driver.write.record).toEqual(placeholder)
    expect(driver.written(3.6, 12)).toMatch(/^ended \(blocked\), (wait|read)/)
  })

  it('acknowledges beside the placeholder as it is now', () => {
    const driver = leader()
    driver.watched(1, placeholder, 11)
    driver.watched(3, renewed(placeholder, 1), 12)
    expect(driver.at(3.5, ended)).toBe('acknowledge over 12')
  })

  it('reads and retries if the placeholder was renewed in the meantime', () => {
    const driver = leader()
    driver.watched(1, placeholder, 11)
    driver.at(2, ended)
    expect(driver.failed(2.1, 'conflict')).toBe('read')
    expect(driver.read(2.2, renewed(placeholder, 1), 12)).toBe('acknowledge over 12')
  })

  it.each<[string, (driver: MachineDriver) => unknown]>([
    ['was refused', (driver) => driver.failed(2.1, 'refused')],
    ['is not needed: the failover has released it', (driver) => {
      driver.failed(2.1, 'conflict')
      return driver.read(2.2, { ...placeholder, holderIdentity: '' }, 12)
    }],
    ['is not needed: the failover has handed it on', (driver) => {
      driver.failed(2.1, 'conflict')
      return driver.read(2.2, heldBy('other'), 12)
    }],
    ['is not needed: another failover has come in between', (driver) => {
      driver.failed(2.1, 'conflict')
      return driver.read(2.2, heldBy('kubectl-leader-failover_n2'), 12)
    }],
  ])('does not retry if the acknowledgement %s', (_why, happen) => {
    const driver = leader()
    driver.watched(1, placeholder, 11)
    expect(driver.at(2, ended)).toBe('acknowledge over 11')
    expect(happen(driver)).toMatch(/^(leader other, )?ended \(blocked\), done$/)
  })

  it('stops trying when the block must be over', () => {
    const driver = leader()
    driver.watched(1, placeholder, 11)
    let said = driver.at(2, ended)
    let tries = 0
    let s = 2
    for (; !said.endsWith('done') && s < 60; s += 0.5) {
      if (said.endsWith('acknowledge over 11')) tries += 1
      if (said.endsWith('acknowledge over 11')) said = driver.failed(s, 'unknown')
      else if (said.endsWith('read')) said = driver.read(s, placeholder, 11)
      else said = driver.at(s)
    }
    expect(tries).toBeGreaterThan(2)
    expect(s).toBeGreaterThanOrEqual(15)
    expect(s).toBeLessThan(18)
  })

  it('acknowledges even if it was told to leave, and its work was still ending', () => {
    const driver = leader()
    driver.at(0.5, { type: 'stop' })
    driver.watched(1, placeholder, 11)
    expect(driver.at(2, ended)).toBe('acknowledge over 11')
  })

  it.each<[string, (driver: MachineDriver) => unknown]>([
    ['its lease had expired before', (driver) => driver.at(10)],
    ['another candidate had acquired the lease before', (driver) => driver.watched(1, heldBy('other'), 11)],
    ['another client had released the lease before', (driver) => driver.watched(1, heldBy(''), 11)],
  ])('does not acknowledge if %s: another candidate may have led since', (_why, lose) => {
    const driver = leader()
    lose(driver)
    driver.watched(11, placeholder, 12)
    expect(driver.at(11.5, ended)).toMatch(/ended \(\w+\), done$/)
  })
})

it('does not acknowledge as a standby', () => {
  const driver = new MachineDriver()
  driver.at(0)
  driver.read(0, heldBy('other'), 10)
  expect(driver.watched(1, placeholder, 11)).toMatch(/^wait/)
})

describe('an elector', () => {
  it.each([
    ['says who it is, and which placeholder it has seen', true, { nonce: 'n1', identity: 'me' }],
    ['does nothing if its lock cannot acknowledge', false, null],
  ])('%s', async (_what, canAcknowledge, acknowledgement) => {
    const clock = new FakeClock()
    const lock = new MemoryLock({ canAcknowledge })
    const errors: unknown[] = []
    const stop = new AbortController()
    const isEnded = new LeaderElector({
      ...{ lock, clock, identity: 'me', onError: (error: unknown) => errors.push(error) },
      onStartedLeading: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    }).run(stop.signal)
    await clock.advance(100)
    lock.write({ ...lock.record!, holderIdentity: 'kubectl-leader-failover_n1' })
    await clock.advance(0)
    expect(await isEnded).toBe('blocked')
    expect(lock.acknowledgement).toEqual(acknowledgement)
    expect(errors).toEqual([])
  })
})
