import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { WriteAltered } from '../../shared/election/write-altered.ts'
import type { LeadershipEnded } from '../../shared/election/leadership.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'

/** An elector of which it is written down how it fares; its work ends when it is told to. */
function candidate(lock: MemoryLock, clock: FakeClock, identity = 'me') {
  const calls: string[] = []
  const stop = new AbortController()
  const elector = new LeaderElector({
    lock,
    clock,
    identity,
    random: () => 0.5,
    rejoin: true,
    onStartedLeading: ({ signal }) => {
      calls.push('leads')
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          calls.push(`told ${(signal.reason as LeadershipEnded).reason}`)
          resolve()
        })
      })
    },
  })
  const ended = elector.run(stop.signal).catch((error: unknown) => error)
  return { elector, calls, stop, ended }
}

const wholeSeconds = (time: string | null): string | null => time && time.replace(/\.\d+Z$/, 'Z')

/** What a server may do, and whether it is safe to lead beside it. */
const HARMLESS: [name: string, alter: (record: ElectionRecord) => ElectionRecord][] = [
  ['a longer duration', (record) => ({ ...record, leaseDurationSeconds: 60 })],
  ['times in whole seconds', (record) => ({ ...record, acquireTime: wholeSeconds(record.acquireTime), renewTime: wholeSeconds(record.renewTime) })],
  ['times of its own', (record) => ({ ...record, renewTime: record.renewTime!.replace('2026', '2027') })],
  ['no acquire time', (record) => ({ ...record, acquireTime: null })],
  ['transitions of its own', (record) => ({ ...record, leaseTransitions: 7 })],
  ['a preferred holder', (record) => ({ ...record, preferredHolder: 'x' })],
]
const HARMFUL: [field: string, found: unknown, alter: (record: ElectionRecord) => ElectionRecord][] = [
  ['holderIdentity', 'x', (record) => ({ ...record, holderIdentity: 'x' })],
  ['holderIdentity', '', (record) => ({ ...record, holderIdentity: '' })],
  ['leaseDurationSeconds', 5, (record) => ({ ...record, leaseDurationSeconds: record.holderIdentity === '' ? 1 : 5 })],
  ['leaseDurationSeconds', null, (record) => ({ ...record, leaseDurationSeconds: null })],
  ['renewTime', null, (record) => ({ ...record, renewTime: null })],
]

describe.each([
  ['whose watch is faster than the answer', {}],
  ['that is not watched', { canWatch: false }],
])('a server that changes what is written, %s, and gives', (_how, options) => {
  it.each(HARMLESS)('%s, does not keep a candidate from leading, nor from releasing', async (_name, alter) => {
    const lock = new MemoryLock(options)
    const clock = new FakeClock()
    lock.alter = alter
    const { elector, calls, stop, ended } = candidate(lock, clock)
    await clock.advance(120_000)
    expect(calls).toEqual(['leads'])
    expect(elector.isLeader()).toBe(true)
    // Renewals stay at their pace.
    expect(lock.requests.length).toBeLessThan(120 / 2 + 5)
    stop.abort()
    await clock.advance(0)
    expect(await ended).toBe('stopped')
    expect(lock.record!.holderIdentity).toBe('')
  })

  it.each(HARMFUL)('%s %s, has it leave before it leads', async (field, found, alter) => {
    const lock = new MemoryLock(options)
    const clock = new FakeClock()
    lock.alter = (record) => (record.holderIdentity === 'me' ? alter(record) : record)
    const { calls, ended } = candidate(lock, clock)
    await clock.advance(30_000)
    const error = await ended
    expect(error).toBeInstanceOf(WriteAltered)
    expect(error).toMatchObject({ field, found })
    expect(String(error)).toContain(`The server changed ${field} of lease default/test from `)
    expect(calls).toEqual([])
    // Given back where it was won.
    expect(lock.record!.holderIdentity).toBe(field === 'holderIdentity' ? found : '')
  })

  it.each([...HARMFUL, ['renewTime', '2026-01-01T00:00:00.000000Z', (record: ElectionRecord) => ({ ...record, renewTime: '2026-01-01T00:00:00.000000Z' })] as const])(
    '%s %s from some time on, ends its term and has it leave',
    async (field, found, alter) => {
      const lock = new MemoryLock(options)
      const clock = new FakeClock()
      const { calls, ended } = candidate(lock, clock)
      await clock.advance(5_000)
      lock.alter = (record) => (record.holderIdentity === 'me' ? alter(record) : record)
      await clock.advance(12_000)
      // Where the watch told first, another holder is another holder.
      const isToldFirst = field === 'holderIdentity' && !('canWatch' in options)
      expect(calls).toEqual(['leads', isToldFirst ? `told ${found === '' ? 'emptied' : 'taken'}` : 'told failed'])
      expect(await ended).toMatchObject({ name: 'WriteAltered', field, found })
      expect(lock.record!.holderIdentity).toBe(field === 'holderIdentity' ? found : '')
    },
  )
})

it('leaves if its release is not applied as one, and does not retry forever', async () => {
  const lock = new MemoryLock()
  const clock = new FakeClock()
  const { stop, ended } = candidate(lock, clock)
  await clock.advance(1_000)
  lock.alter = (record) => ({ ...record, holderIdentity: 'me' })
  stop.abort()
  await clock.advance(0)
  expect(await ended).toMatchObject({ name: 'WriteAltered', field: 'holderIdentity', written: '', found: 'me' })
  expect(lock.requests.filter((request) => request === 'update (released)')).toHaveLength(1)
})

it('a standby takes over at once from a release whose duration was made longer', async () => {
  const lock = new MemoryLock()
  const clock = new FakeClock()
  lock.alter = (record) => ({ ...record, leaseDurationSeconds: 60 })
  const first = candidate(lock, clock)
  await clock.advance(1_000)
  const second = candidate(lock, clock, 'other')
  await clock.advance(5_000)
  first.stop.abort()
  await clock.advance(0)
  expect(second.calls).toEqual(['leads'])
})

it('a standby waits for the longer duration that the server wrote', async () => {
  const lock = new MemoryLock()
  const clock = new FakeClock()
  lock.alter = (record) => ({ ...record, leaseDurationSeconds: 60 })
  const first = candidate(lock, clock)
  await clock.advance(1_000)
  const second = candidate(lock, clock, 'other')
  await clock.advance(0)
  lock.isDown = true
  await clock.advance(15_000)
  expect(first.calls).toEqual(['leads', 'told deadline'])
  lock.isDown = false
  lock.troubles.length = 0
  await clock.advance(0)
  expect(second.calls).toEqual([])
})

it('recognizes what the server changed even if the answer was lost', async () => {
  const lock = new MemoryLock({ canWatch: false })
  const clock = new FakeClock()
  lock.alter = (record) => ({ ...record, leaseDurationSeconds: 60 })
  const { elector, calls } = candidate(lock, clock)
  await clock.advance(1_000)
  lock.troubles.push('apply-and-hang')
  await clock.advance(60_000)
  expect(elector.isLeader()).toBe(true)
  expect(calls).toEqual(['leads'])
})

it('does not count a renewal that standbys cannot see, and waits until the server stores another time', async () => {
  const lock = new MemoryLock()
  const clock = new FakeClock({ wallMs: Date.UTC(2026, 0, 1) + 100 })
  lock.alter = (record) => ({ ...record, renewTime: wholeSeconds(record.renewTime) })
  const elector = new LeaderElector({
    lock,
    clock,
    identity: 'me',
    leaseDurationMs: 2_000,
    renewDeadlineMs: 1_200,
    retryPeriodMs: 100,
    random: () => 0.5,
    onStartedLeading: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  })
  const stop = new AbortController()
  const ended = elector.run(stop.signal)
  await clock.advance(0)
  const seen: string[] = []
  for (let tenths = 0; tenths < 50; tenths++) {
    if (seen.at(-1) !== lock.record!.renewTime) seen.push(lock.record!.renewTime!)
    expect(elector.isLeader()).toBe(true)
    await clock.advance(100)
  }
  expect(seen.length).toBeGreaterThanOrEqual(5)
  stop.abort()
  await clock.advance(0)
  await ended
})

it('is not fooled by another candidate of its name while its own write is under way', async () => {
  const lock = new MemoryLock()
  const clock = new FakeClock()
  const { calls } = candidate(lock, clock)
  await clock.advance(1_000)
  lock.troubles.push(new LockError('conflict', 'it was written'))
  const update = lock.update.bind(lock)
  lock.update = (...request) => {
    // The watch tells of the other one while the renewal is under way.
    lock.write({ ...lock.record!, renewTime: '2026-01-01T00:00:01.999000Z' })
    return update(...request)
  }
  await clock.advance(2_000)
  expect(calls).toEqual(['leads', 'told stranger'])
})
