import { describe, expect, it } from 'vitest'
import type { Input } from '../../shared/election/machine/protocol.ts'
import { heldBy, released, renewed } from './records.ts'
import { leader } from './machine-driver.ts'

const ended: Input = { type: 'work-ended' }
const stop: Input = { type: 'stop' }

describe('a leader', () => {
  it('renews a retry period after it sent its last renewal', () => {
    const driver = leader()
    expect(driver.at(1.9)).toBe('wait until 2')
    expect(driver.at(2)).toBe('renew over 10')
    expect(driver.write.record).toMatchObject({
      holderIdentity: 'me',
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:02.000000Z',
    })
    expect(driver.written(3, 11)).toBe('wait until 4')
  })

  it('writes a time of its own for each renewal, also when the wall clock is set back to the last one', () => {
    const driver = leader()
    driver.wallAheadSeconds = -2
    driver.at(2)
    expect(driver.write.record.renewTime).toBe('2026-01-01T00:00:00.001000Z')
  })

  it('stops at the renew deadline, counted from when it sent its last successful renewal', () => {
    const driver = leader()
    driver.at(2)
    driver.written(5, 11)
    driver.at(5)
    driver.failed(5, 'refused')
    for (let s = 6; s < 12; s += 0.5) driver.at(s)
    expect(driver.at(11.999)).toMatch(/^wait until 12/)
    expect(driver.at(12)).toMatch(/stopped \(deadline\)/)
  })

  it('stops at the deadline while a request hangs', () => {
    const driver = leader()
    driver.at(2)
    expect(driver.at(6)).toBe('request-abandoned, slow-path, read')
    expect(driver.at(8)).toBe('request-abandoned, wait until 9')
    expect(driver.at(10)).toMatch(/^stopped \(deadline\)/)
  })

  it.each([
    ['the wall clock has run further: the machine slept', 3, 7],
    ['the wall clock was set back', -3_600, 10],
  ])('stops early enough if %s', (_, wallAheadSeconds, stopsAt) => {
    const driver = leader()
    driver.at(1)
    driver.wallAheadSeconds = wallAheadSeconds
    driver.at(1.1)
    driver.at(2)
    expect(driver.at(stopsAt - 0.01)).not.toMatch(/stopped/)
    expect(driver.at(stopsAt)).toMatch(/stopped \(deadline\)/)
  })

  it('is not deceived by a wall clock that was set back before the machine slept', () => {
    const driver = leader()
    driver.wallAheadSeconds = -60
    driver.at(1)
    driver.wallAheadSeconds = -45
    expect(driver.at(1.1)).toMatch(/stopped \(deadline\)/)
  })

  it.each([
    ['taken', heldBy('other')],
    ['emptied', heldBy('')],
    ['emptied', released()],
    ['blocked', heldBy('kubectl-leader-failover_1')],
    ['stranger', heldBy('me')],
  ])('stops immediately if the record turns out %s', (reason, record) => {
    expect(leader().watched(1, record, 11)).toContain(`stopped (${reason})`)
  })

  it('stops immediately if the record is deleted', () => {
    expect(leader().deleted(1, 11)).toContain('stopped (deleted)')
  })

  it('keeps leading if only metadata of the object was written, and compares with the new version', () => {
    const driver = leader()
    driver.at(2)
    const mine = driver.write.record
    driver.written(2.1, 11)
    expect(driver.watched(3, mine, 12)).toBe('wait until 4')
    expect(driver.at(4)).toBe('renew over 12')
  })

  it('keeps leading if the watch is late', () => {
    expect(leader().watched(1, heldBy('other'), 9)).toBe('wait until 2')
  })

  it('reads at once after a conflict, and only then decides', () => {
    const driver = leader()
    driver.at(2)
    expect(driver.failed(2.1, 'conflict')).toBe('slow-path, read')
    expect(driver.read(2.2, heldBy('other'), 11)).toContain('stopped (taken)')
  })

  it('recognizes a renewal that was not answered, and counts from when it was sent', () => {
    const driver = leader()
    driver.at(2)
    const { record } = driver.write
    driver.failed(3, 'unknown')
    expect(driver.read(3.1, record, 11)).toBe('wait until 4')
    driver.at(4)
    driver.failed(4.1, 'refused')
    expect(driver.at(11.9)).not.toContain('stopped')
    expect(driver.at(12)).toContain('stopped (deadline)')
  })

  it('begins no term if the watch reports another holder before its own write is answered', () => {
    const driver = leader()
    driver.at(2)
    const { write } = driver
    driver.watched(2.1, heldBy('other'), 12)
    expect(driver.written(2.2, 11, write)).not.toContain('started')
  })
})

describe('the end of a term', () => {
  it('keeps the lease while the work winds down, and releases it when it has', () => {
    const driver = leader()
    expect(driver.at(1, stop)).toBe('stopped (stopped), wait until 2')
    expect(driver.at(2)).toBe('renew over 10')
    expect(driver.written(2.1, 11)).toBe('wait until 4')
    expect(driver.at(3, ended)).toBe('release over 11')
    expect(driver.write.record).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:03.000000Z',
      renewTime: '2026-01-01T00:00:03.000000Z',
      strategy: null,
      preferredHolder: null,
    })
    expect(driver.written(3.1, 12)).toBe('ended (stopped, released), done')
  })

  it('releases nothing if releaseOnCancel is false', () => {
    const driver = leader({ releaseOnCancel: false })
    driver.at(1, stop)
    expect(driver.at(1.1, ended)).toBe('ended (stopped), done')
  })

  it('releases nothing if another candidate holds the lease', () => {
    const driver = leader()
    driver.watched(1, heldBy('other'), 11)
    expect(driver.at(1.1, ended)).toBe('ended (taken), done')
  })

  it('by the deadline is followed by a release once the work has ended, if this candidate still holds the lease', () => {
    const driver = leader()
    driver.at(2)
    driver.failed(2, 'refused')
    driver.at(10)
    expect(driver.at(12, ended)).toBe('release over 10')
    expect(driver.failed(12.1, 'conflict')).toBe('read')
    expect(driver.read(12.2, heldBy('other'), 11)).toBe('leader other, ended (deadline), done')
  })

  it('stops trying to release when the lease has expired', () => {
    const driver = leader()
    driver.at(1, stop)
    driver.at(1, ended)
    driver.failed(1, 'refused')
    let last = ''
    for (let s = 1.1; s < 15.5 && last !== 'ended (stopped), done'; s += 0.1) {
      last = driver.at(s)
      if (last.startsWith('release')) last = driver.failed(s, 'refused')
    }
    expect(last).toBe('ended (stopped), done')
    expect(driver.seconds).toBeCloseTo(15, 0)
  })

  it('by work that ends by itself ends the candidacy, also with rejoin', () => {
    const driver = leader({ rejoin: true })
    expect(driver.at(1, ended)).toBe('stopped (work-ended), release over 10')
    expect(driver.written(1.1, 11)).toBe('ended (work-ended, released), done')
  })

  it.each([
    ['report', 15],
    ['exit', 14],
  ] as const)('reports work that outlives its lease (%s)', (onOverrun, seconds) => {
    const driver = leader({ onOverrun })
    driver.at(2)
    driver.failed(2, 'refused')
    for (let s = 2; s < seconds; s += 0.5) expect(driver.at(s)).not.toContain('overran')
    expect(driver.at(seconds)).toContain('overran')
    expect(driver.at(seconds + 1)).not.toContain('overran')
  })

  it('by the maximum hold time ends the work, releases the lease, and backs off', () => {
    const driver = leader({ maxHoldMs: 3_000, rejoin: true })
    driver.at(2)
    driver.written(2.1, 11)
    expect(driver.at(3.1)).toBe('stopped (max-hold), wait until 4')
    expect(driver.at(3.15, ended)).toBe('release over 11')
    expect(driver.written(3.2, 12)).toMatch(/^ended \(max-hold, released\), (read|wait)/)
    for (let s = 4; s < 22.5; s += 0.5) expect(driver.at(s, { type: 'read-failed' })).not.toContain('acquire')
    expect(driver.at(22.6, { type: 'read-failed' })).toContain('acquire over 12')
  })
})

describe('a maximum hold time that is extended', () => {
  it('ends the term that much later, and only this term', () => {
    const driver = leader({ maxHoldMs: 3_000, rejoin: true })
    driver.at(2)
    driver.written(2.1, 11)
    driver.at(2.5, { type: 'hold-extended', byMs: 2_000 })
    expect(driver.at(3.1)).not.toContain('stopped')
    expect(driver.at(5)).not.toContain('stopped')
    expect(driver.at(5.1)).toContain('stopped (max-hold)')
  })

  it('means nothing without a maximum', () => {
    const driver = leader({ rejoin: true })
    expect(driver.at(1, { type: 'hold-extended', byMs: 2_000 })).not.toContain('stopped')
    expect(driver.at(1.9)).not.toContain('stopped')
  })
})

describe('a candidate whose term another client ended', () => {
  it('backs off for the lease duration plus the longest poll', () => {
    const driver = leader({ rejoin: true })
    driver.deleted(1, 11)
    driver.at(1.1, ended)
    for (let s = 2; s < 20.4; s += 0.5) expect(driver.at(s, { type: 'read-failed' })).not.toContain('acquire')
    expect(driver.at(20.4, { type: 'read-failed' })).toContain('acquire over nothing')
  })

  it('competes again once another identity has renewed', () => {
    const driver = leader({ rejoin: true })
    driver.watched(1, heldBy('other'), 11)
    driver.at(1.1, ended)
    driver.watched(3, renewed(heldBy('other'), 1), 12)
    expect(driver.watched(4, released(heldBy('other')), 13)).toBe('acquire over 13')
  })

  it('does not take a first write for a renewal', () => {
    const driver = leader({ rejoin: true })
    driver.watched(1, heldBy('other'), 11)
    driver.at(1.1, ended)
    expect(driver.watched(4, released(heldBy('other')), 12)).not.toContain('acquire')
  })

  it('backs off from the last write of a placeholder, and no longer', () => {
    const driver = leader({ rejoin: true })
    const placeholder = heldBy('kubectl-leader-failover_1', { leaseDurationSeconds: 18 })
    driver.watched(1, placeholder, 11)
    driver.at(1.1, ended)
    driver.watched(11, renewed(placeholder, 1), 12)
    driver.watched(13, released(placeholder), 13)
    for (let s = 14; s < 30.4; s += 0.5) expect(driver.at(s, { type: 'read-failed' })).not.toContain('acquire')
    expect(driver.at(30.4, { type: 'read-failed' })).toContain('acquire over 13')
  })

  it('does not back off after its own renew deadline', () => {
    const driver = leader({ rejoin: true })
    driver.at(2)
    driver.failed(2, 'refused')
    expect(driver.at(10)).toContain('stopped (deadline)')
    expect(driver.at(10.1, ended)).toBe('release over 10')
    expect(driver.written(12.1, 11)).toBe('ended (deadline, released), acquire over 11')
  })
})
