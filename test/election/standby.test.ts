import { describe, expect, it } from 'vitest'
import { heldBy, released, renewed } from './records.ts'
import { MachineDriver } from './machine-driver.ts'

const theirs = heldBy('other')

/** A standby that has read a record at 0 s, as version 1. */
function standbyOf(record = theirs, settings = {}): MachineDriver {
  const driver = new MachineDriver(settings)
  driver.at(0)
  driver.read(0, record)
  return driver
}

describe('a candidate', () => {
  it('reads first', () => {
    expect(new MachineDriver().at(0)).toBe('read')
  })

  it('creates a record that was never there, with no transitions', () => {
    const driver = new MachineDriver()
    driver.at(0)
    expect(driver.read(0, null)).toBe('acquire over nothing')
    expect(driver.write.record).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      strategy: null,
      preferredHolder: null,
    })
  })

  it('leads from the answer on, with the version of its write as the fencing token', () => {
    const driver = new MachineDriver()
    driver.at(0)
    driver.read(0, null)
    expect(driver.written(0.1, 10)).toBe('leader me, started (10), wait until 2')
  })

  it('reports once that another process renews with its identity, but not that an earlier run left a record', () => {
    const driver = standbyOf(heldBy('me'))
    expect(driver.watched(2, { ...heldBy('me'), renewTime: '2026-01-01T00:00:02.000000Z' }, 2)).toMatch(/^identity-in-use, /)
    expect(driver.watched(4, { ...heldBy('me'), renewTime: '2026-01-01T00:00:04.000000Z' }, 3)).not.toContain('identity-in-use')
    const left = standbyOf(heldBy('me'))
    expect(left.at(15)).toBe('acquire over 1')
  })

  it('waits a whole lease duration from first sight, however old the record says it is', () => {
    const driver = standbyOf(heldBy('other', { renewTime: '2020-01-01T00:00:00.000000Z' }))
    driver.at(12)
    driver.read(12.1, { ...theirs, renewTime: '2020-01-01T00:00:00.000000Z' })
    driver.at(14.1)
    driver.read(14.2, { ...theirs, renewTime: '2020-01-01T00:00:00.000000Z' })
    expect(driver.at(14.999)).toMatch(/^wait until 15/)
    expect(driver.at(15)).toBe('acquire over 1')
  })

  it('counts one transition when it takes over, from its own time', () => {
    const driver = standbyOf()
    driver.watched(1, renewed(theirs, 1), 2)
    driver.at(16)
    expect(driver.write.record).toMatchObject({ leaseTransitions: 4, acquireTime: '2026-01-01T00:00:16.000000Z' })
  })

  it('counts anew from each change of the record that it sees', () => {
    const driver = standbyOf()
    driver.watched(10, renewed(theirs, 1), 2)
    driver.at(22)
    driver.read(24, renewed(theirs, 1), 2)
    expect(driver.at(24.999)).toBe('wait until 25')
    expect(driver.at(25)).toBe('acquire over 2')
  })

  it('does not count anew when only something around the record changes, but compares with it', () => {
    const driver = standbyOf()
    driver.watched(10, theirs, 2)
    expect(driver.at(15)).toBe('acquire over 2')
  })

  it('goes by the monotonic clock alone', () => {
    const driver = standbyOf()
    driver.watched(1, renewed(theirs, 1), 2)
    driver.wallAheadSeconds = 3_600
    expect(driver.at(2)).toBe('wait until 5.4')
  })

  it('waits for the duration in the record if that is longer: a failover blocks the lease', () => {
    const driver = standbyOf(heldBy('kubectl-leader-failover_1', { leaseDurationSeconds: 18 }))
    driver.watched(14, heldBy('kubectl-leader-failover_1', { leaseDurationSeconds: 18 }), 2)
    expect(driver.at(17.9)).toBe('wait until 18')
    expect(driver.at(18)).toBe('acquire over 2')
  })

  it('waits for its own lease duration if the record has a shorter one', () => {
    const driver = standbyOf(heldBy('other', { leaseDurationSeconds: 2 }))
    driver.watched(14, heldBy('other', { leaseDurationSeconds: 2 }), 2)
    expect(driver.at(14.9)).toBe('wait until 15')
  })

  it.each([
    ['a release', released(theirs)],
    ["a release of client-go's first versions", heldBy('', { renewTime: null, acquireTime: null })],
  ])('takes over at once after %s', (_, record) => {
    expect(standbyOf().watched(3, record, 2)).toBe('acquire over 2')
  })

  it('waits when another client has emptied the holder: the old leader may keep leading', () => {
    const driver = standbyOf()
    driver.watched(3, { ...theirs, holderIdentity: '' }, 2)
    driver.watched(17, { ...theirs, holderIdentity: '' }, 3)
    expect(driver.at(17.9)).toBe('wait until 18')
    expect(driver.at(18)).toBe('acquire over 3')
  })

  it('waits for what it last saw held when the lease is deleted', () => {
    const driver = standbyOf()
    driver.deleted(14, 2)
    expect(driver.at(14.9)).toBe('wait until 15')
    expect(driver.at(15)).toBe('acquire over nothing')
  })

  it.each([
    ['older', 1],
    ['the same', 5],
  ])('ignores an event of a version that is %s', (_, version) => {
    const driver = standbyOf()
    driver.watched(1, renewed(theirs, 5), 5)
    expect(driver.watched(2, released(theirs), version)).toMatch(/^wait/)
  })

  it('believes a read, even of a lower version', () => {
    const driver = standbyOf()
    driver.watched(1, renewed(theirs, 5), 500)
    driver.at(5.4)
    expect(driver.read(5.5, released(theirs), 7)).toBe('watch-silent, acquire over 7')
  })

  it('does not believe a read that the watch has overtaken', () => {
    const driver = standbyOf()
    driver.at(2)
    driver.watched(2.1, renewed(theirs, 5), 9)
    expect(driver.read(2.2, released(theirs), 8)).toMatch(/^wait/)
  })
})

describe('a standby that', () => {
  it('hears from the watch does not read', () => {
    const driver = standbyOf()
    for (let s = 1; s < 120; s += 2) expect(driver.watched(s, renewed(theirs, s % 60), s + 1)).toBe(`wait until ${s + 4.4}`)
  })

  it('cannot watch reads every retry period × (1 … 2.2)', () => {
    const driver = standbyOf()
    expect(driver.at(1.9)).toBe('wait until 2')
    expect(driver.at(2)).toBe('read')
    expect(driver.read(2.1, theirs)).toBe('wait until 4.1')
  })

  it('hears nothing for longer than a poll reads, and has the watch begun again if it has missed something', () => {
    const driver = standbyOf()
    driver.watched(1, renewed(theirs, 1), 2)
    expect(driver.at(5.4)).toBe('read')
    expect(driver.read(5.5, renewed(theirs, 2), 3)).toBe('watch-silent, wait until 7.5')
  })

  it('lost the race reads once, within half a retry period, and not in a loop', () => {
    const driver = standbyOf(released(theirs))
    expect(driver.failed(0.1, 'conflict')).toBe('read')
    expect(driver.read(0.2, released(theirs), 2)).toBe('acquire over 2')
    expect(driver.failed(0.3, 'conflict')).toBe('wait until 2.3')
  })

  it('lost the race and knows the new leader does not even read', () => {
    const driver = standbyOf(released(theirs))
    driver.watched(0.05, heldBy('winner'), 2)
    expect(driver.failed(0.1, 'conflict')).toMatch(/^wait/)
  })

  it('may not write tries again as often as it polls', () => {
    const driver = standbyOf(released(theirs))
    expect(driver.failed(0.1, 'refused')).toBe('wait until 2')
  })

  it('gets no answer cancels the request after half of the renew deadline', () => {
    const driver = standbyOf()
    expect(driver.at(2)).toBe('read')
    expect(driver.at(6.9)).toBe('wait until 7')
    expect(driver.at(7)).toBe('request-abandoned, wait until 9')
  })

  it('reads when the lease expires does not wait for the answer', () => {
    const driver = standbyOf()
    expect(driver.at(14)).toBe('read')
    expect(driver.at(14.5)).toBe('wait until 15')
    expect(driver.at(15)).toBe('request-abandoned, acquire over 1')
  })

  it('cannot read still acquires the lease when it expires', () => {
    const driver = standbyOf()
    driver.at(14)
    driver.at(14.9, { type: 'read-failed' })
    expect(driver.at(15)).toBe('acquire over 1')
  })

  it('slept while its write was under way does not lead by the late answer, but writes once more', () => {
    const driver = standbyOf(released(theirs))
    driver.wallAheadSeconds = 11
    expect(driver.written(0.1, 2)).toBe('leader me, acquire over 2')
    expect(driver.written(0.2, 3)).toMatch(/started \(3\)/)
  })

  it('is told to stop leaves', () => {
    expect(standbyOf().at(1, { type: 'stop' })).toBe('done')
  })

  it('is told to stop while its write is under way releases the lease if it acquires it', () => {
    const driver = standbyOf(released(theirs))
    const { write } = driver
    expect(driver.at(0.1, { type: 'stop' })).toBe('wait until 5')
    expect(driver.written(0.2, 2, write)).toBe('leader me, release over 2')
    expect(driver.written(0.3, 3)).toBe('done')
  })
})

describe('a record that names the candidate', () => {
  /** Its write over version 1 was sent at 15 s and never answered. */
  function afterLostAnswer(): MachineDriver {
    const driver = standbyOf()
    driver.watched(0, theirs, 1)
    driver.at(14.9)
    driver.read(14.9, theirs)
    driver.at(15)
    return driver
  }

  it('is adopted if an unanswered write explains it: written first, and counted from that', () => {
    const driver = afterLostAnswer()
    const { record } = driver.write
    driver.at(20)
    expect(driver.watched(20.5, record, 2)).toBe('leader me, acquire over 2')
    expect(driver.write.record).toMatchObject({ leaseTransitions: 4, acquireTime: record.acquireTime })
    expect(driver.written(20.6, 3)).toBe('started (3), wait until 22.5')
  })

  it('belongs to another process if it differs from what was written', () => {
    const driver = afterLostAnswer()
    const { record } = driver.write
    driver.at(20)
    expect(driver.watched(20.5, renewed(record, 59), 2)).toMatch(/^leader me, wait/)
  })

  it('belongs to another process if nothing was written, and the candidate waits', () => {
    const driver = standbyOf(heldBy('me'))
    driver.watched(14, heldBy('me'), 2)
    expect(driver.at(14.9)).toBe('wait until 15')
    expect(driver.at(15)).toBe('acquire over 2')
    // client-go: who names the same holder counts no transition.
    expect(driver.write.record).toMatchObject({ leaseTransitions: 3, acquireTime: '2026-01-01T00:00:00.000000Z' })
  })

  it('is adopted if a failover has marked it', () => {
    const driver = standbyOf()
    expect(driver.watched(1, heldBy('me'), 2, true)).toBe('leader me, acquire over 2')
  })
})
