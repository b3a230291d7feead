import { describe, expect, it } from 'vitest'
import { hostname } from 'node:os'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import type { ElectorState } from '../../shared/election/elector-states.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'

const clock = new FakeClock()
const elector = (lock: MemoryLock, options: Partial<ElectorOptions> = {}): LeaderElector => new LeaderElector({ lock, identity: 'me', clock, ...options })

/** What iterating yields, until it ends. */
async function statesOf(states: AsyncIterable<ElectorState>, told: ElectorState[]): Promise<void> {
  for await (const state of states) told.push(state)
}

describe('an elector that was started', () => {
  it('tells when it leads, and leaves when it is stopped', async () => {
    const lock = new MemoryLock()
    const mine = elector(lock)
    const running = mine.start()
    const leadership = await running.leading
    expect(leadership.identity).toBe('me')
    expect(mine.fencingToken()).toBe(leadership.fencingToken)
    expect(running.state).toEqual({ isLeader: true, leader: 'me', fencingToken: leadership.fencingToken })
    expect(await running.stop()).toBe('stopped')
    expect(leadership.signal.aborted).toBe(true)
    expect(lock.record!.holderIdentity).toBe('')
    expect(mine.fencingToken()).toBeNull()
  })

  it('yields each state, the present one first, until it has left', async () => {
    const running = elector(new MemoryLock()).start()
    const told: ElectorState[] = []
    const all = statesOf(running, told)
    const { fencingToken } = await running.leading
    await expect.poll(() => told.length).toBe(3)
    await running.stop()
    await all
    expect(told).toEqual([
      { isLeader: false, leader: '', fencingToken: null },
      { isLeader: false, leader: 'me', fencingToken: null },
      { isLeader: true, leader: 'me', fencingToken },
      { isLeader: false, leader: 'me', fencingToken: null },
    ])
  })

  it('is no leader from the moment in which its work must end', async () => {
    let done = (): void => undefined
    const onStartedLeading = (): Promise<void> => new Promise((resolve) => (done = resolve))
    const running = elector(new MemoryLock(), { onStartedLeading }).start()
    await running.leading
    const stopped = running.stop()
    expect(running.state.isLeader).toBe(false)
    done()
    expect(await stopped).toBe('stopped')
  })

  it('rejects with what ended it, however it is asked', async () => {
    const running = elector(new MemoryLock(), { onStartedLeading: () => Promise.reject(new Error('the work failed')) }).start()
    await expect(running.ended).rejects.toThrow('the work failed')
    await expect(statesOf(running, [])).rejects.toThrow('the work failed')
    await expect(running.stop()).rejects.toThrow('the work failed')
  })

  it('never leads if it is stopped before', async () => {
    const lock = new MemoryLock()
    lock.isDown = true
    const running = elector(lock).start()
    const leading = expect(running.leading).rejects.toThrow('The candidate has left the election, and never led.')
    expect(await running.stop()).toBeNull()
    await leading
  })

  it('cannot be started twice at a time', async () => {
    const mine = elector(new MemoryLock())
    const running = mine.start()
    await expect(mine.start().ended).rejects.toThrow('already running')
    await running.leading
    await running.stop()
  })
})

it('an elector without an identity has one of its own', () => {
  const [a, b] = [new LeaderElector({ lock: new MemoryLock() }), new LeaderElector({ lock: new MemoryLock() })]
  expect(a.identity).toMatch(new RegExp(`^${hostname()}_[0-9a-f-]{36}$`))
  expect(b.identity).not.toBe(a.identity)
})

it('an elector has read the election once its lock has answered', async () => {
  const mine = elector(new MemoryLock())
  expect(mine.hasRead()).toBe(false)
  const running = mine.start()
  await running.leading
  expect(mine.hasRead()).toBe(true)
  await running.stop()
})
