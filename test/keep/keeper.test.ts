import { afterEach, beforeEach, expect, it } from 'vitest'
import { Keeper, type KeepEvent } from '../../shared/keep/keeper.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from '../election/memory-lock.ts'

let clock: FakeClock
let lock: MemoryLock
let over: AbortController
let events: KeepEvent[]
let checks: number
let canKeep: boolean
let keeper: Keeper
let running: Promise<unknown>

const record = (): ElectionRecord => ({
  ...{ holderIdentity: 'program', leaseDurationSeconds: 6, leaseTransitions: 0, acquireTime: 'then' },
  ...{ renewTime: `at ${clock.monotonicMs()}`, strategy: null, preferredHolder: null },
})

/** The program renews each second, five times, and is then stopped. */
beforeEach(async () => {
  clock = new FakeClock()
  lock = new MemoryLock()
  over = new AbortController()
  events = []
  checks = 0
  canKeep = true
  lock.write(record())
  keeper = new Keeper({
    ...{ lock, clock, identity: 'program', maxHoldMs: 0, isReleasing: true, isStopped: () => true },
    async check() {
      checks += 1
      if (!canKeep) throw new Error('not this one')
    },
    onEvent: (event) => events.push(event),
  })
  running = keeper.run(over.signal).catch((error: unknown) => error)
  for (let renewals = 0; renewals < 5; renewals++) {
    await clock.advance(1_000)
    lock.write(record())
  }
  keeper.programStopped()
})

afterEach(async () => {
  over.abort()
  await running
})

const writes = (): number => lock.requests.filter((request) => request === 'update program').length

it('a lease is checked once, before it is kept for the first time', async () => {
  expect(checks).toBe(0)
  await clock.advance(5_000)
  expect(checks).toBe(1)
  expect(writes()).toBeGreaterThan(2)
})

it('a lease that must not be kept is not', async () => {
  canKeep = false
  await clock.advance(5_000)
  expect(await running).toEqual(new Error('not this one'))
  expect(writes()).toBe(0)
})

it('the lease of a program that has ended is released over the record as it was last seen', async () => {
  await clock.advance(10_000)
  keeper.programEnded()
  await clock.advance(2_500)
  await running
  expect(events.at(-1)).toEqual({ type: 'released' })
  expect(lock.record!.holderIdentity).toBe('')
})
