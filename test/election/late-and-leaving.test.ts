import { expect, it } from 'vitest'
import { MachineDriver } from './machine-driver.ts'
import { heldBy } from './records.ts'

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

it('a candidate that leaves while nobody knows what became of its write looks, and releases what it has won', () => {
  const machine = new MachineDriver()
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.at(0.1, { type: 'write-failed', outcome: 'unknown' })
  expect(machine.at(0.2, { type: 'stop' })).toBe('read')
  machine.read(3.1, write.record)
  expect(machine.write.kind).toBe('release')
})

it('a candidate that is not to release leaves what it has won as it is', () => {
  const machine = new MachineDriver({ releaseOnCancel: false })
  machine.at(0)
  machine.read(0, null)
  const { write } = machine
  machine.at(0.1, { type: 'stop' })
  expect(machine.written(0.2, 1, write)).toBe('leader me, done')
})

it('a candidate whose lease another took waits for longer than the others', () => {
  const machine = new MachineDriver({ rejoin: true })
  machine.at(0)
  machine.read(0, null)
  machine.written(0.1, 1)
  machine.watched(1, heldBy('other'), 2)
  machine.at(1, { type: 'work-ended' })
  // Nobody renews it: others take over after 15 s, this one after a whole poll more.
  expect(machine.at(16.5)).not.toContain('acquire')
})
