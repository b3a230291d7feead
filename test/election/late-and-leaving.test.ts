import { describe, expect, it } from 'vitest'
import { leader, MachineDriver } from './machine-driver.ts'
import { heldBy, released } from './records.ts'

it('an answer that comes as late as the renew deadline begins no term', () => {
  // A process that was stopped finds answer and timeout at once.
  const machine = new MachineDriver()
  machine.at(0)
  machine.read(0, null)
  expect(machine.written(10, 1)).not.toContain('started (')
  const other = new MachineDriver()
  other.at(0)
  other.read(0, null)
  expect(other.written(9.9, 1)).toContain('started (')
})

it('an answer that comes after it was told to leave begins no term, and the lease is released', () => {
  const machine = new MachineDriver()
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.at(0.1, { type: 'stop' })
  const step = machine.written(0.2, 1, write)
  expect(step).not.toContain('started (')
  expect(machine.write.kind).toBe('release')
})

it('a candidate that leaves while the fate of its write is open reads, and releases a lease that it has acquired', () => {
  const machine = new MachineDriver()
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.at(0.1, { type: 'write-failed', outcome: 'unknown' })
  expect(machine.at(0.2, { type: 'stop' })).toBe('read')
  machine.read(3.1, write.record)
  expect(machine.write.kind).toBe('release')
})

it('a candidate that must not release leaves an acquired lease as it is', () => {
  const machine = new MachineDriver({ releaseOnCancel: false })
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.at(0.1, { type: 'stop' })
  expect(machine.written(0.2, 1, write)).toBe('leader me, done')
})

it('a candidate that lost its lease to another one waits longer than the other standbys', () => {
  const machine = new MachineDriver({ rejoin: true })
  machine.at(0)
  machine.read(0, null)
  machine.written(0.1, 1)
  machine.watched(1, heldBy('other'), 2)
  machine.at(1, { type: 'work-ended' })
  // Nobody renews it: others take over after 15 s, this one after a whole poll more.
  expect(machine.at(16.5)).not.toContain('acquire')
})

describe('a candidate whose lease expired while its work wound down', () => {
  it('reads what was handed over to it meanwhile, and releases that', () => {
    const machine = leader()
    machine.at(10)
    machine.at(16)
    machine.at(17, { type: 'work-ended' })
    expect(machine.write).toMatchObject({ kind: 'release', base: { version: '10' } })
    expect(machine.failed(17.1, 'conflict')).toBe('read')
    machine.read(17.2, heldBy('me', { leaseTransitions: 5 }), 14, true)
    expect(machine.write).toMatchObject({ kind: 'release', base: { version: '14' } })
    expect(machine.written(17.3, 15)).toContain('done')
  })

  it('does not try for ever', () => {
    const machine = leader()
    machine.at(10)
    machine.at(17, { type: 'work-ended' })
    machine.failed(17.1, 'conflict')
    machine.read(17.2, heldBy('me', { leaseTransitions: 5 }), 14, true)
    expect(machine.failed(17.3, 'conflict')).toContain('done')
  })
})

it('a record that a failover puts back is known again, even if the answer to its write was lost', () => {
  const machine = new MachineDriver({ rejoin: true })
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.failed(1, 'unknown')
  // The failover replaced what nobody had told this candidate of.
  machine.watched(1.1, heldBy('kubectl-leader-failover_1', { leaseDurationSeconds: 17 }), 2)
  machine.watched(2, write.record, 3)
  expect(machine.write).toMatchObject({ kind: 'acquire', base: { version: '3' } })
})

it('a record that was deleted before the answer to a write told whose it was counts as one that was there', () => {
  const machine = new MachineDriver({ rejoin: true })
  machine.at(0)
  machine.read(0, released(), 1)
  expect(machine.write.kind).toBe('acquire')
  machine.watched(1, heldBy('me'), 2)
  machine.deleted(1.1, 3)
  machine.failed(1.2, 'conflict')
  expect(machine.at(15.9)).not.toContain('acquire')
  expect(machine.at(16.2)).toContain('acquire')
})
