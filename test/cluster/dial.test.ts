import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dial, firstOf, type Attempt } from '../../shared/cluster/connection/dial.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { rejectionOf } from './local-server.ts'

const { signal } = new AbortController()

/** Attempts that end when they are told to, and what has become of each. */
function attempts(count: number) {
  const all = Array.from({ length: count }, () => ({
    state: 'not started',
    succeed: (_value: string): void => {},
    fail: (_error: unknown): void => {},
  }))
  const ways = all.map<Attempt<string>>((one) => (ended) => {
    one.state = 'under way'
    ended.addEventListener('abort', () => (one.state = 'ended'), { once: true })
    return new Promise((resolve, reject) => Object.assign(one, { succeed: resolve, fail: reject }))
  })
  return { all, ways, states: () => all.map(({ state }) => state) }
}

describe('the addresses of a host', () => {
  it('are tried one beside the other, each 300 ms after the one before', async () => {
    const clock = new FakeClock()
    const { all, ways, states } = attempts(3)
    const first = firstOf(ways, clock, signal)
    await clock.advance(299)
    expect(states()).toEqual(['under way', 'not started', 'not started'])
    await clock.advance(1)
    expect(states()).toEqual(['under way', 'under way', 'not started'])
    // The slow one is still waited for.
    all[0]!.succeed('slow')
    expect(await first).toBe('slow')
    expect(states()).toEqual(['ended', 'ended', 'not started'])
    expect(clock.sleeping).toBe(0)
  })

  it('are tried at once when the one before fails', async () => {
    const clock = new FakeClock()
    const { all, ways, states } = attempts(2)
    const first = firstOf(ways, clock, signal)
    all[0]!.fail(new Error('refused'))
    await clock.advance(0)
    expect(states()).toEqual(['under way', 'under way'])
    all[1]!.succeed('second')
    expect(await first).toBe('second')
  })

  it('that all fail give the error of the first', async () => {
    const clock = new FakeClock()
    const { all, ways } = attempts(2)
    const error = rejectionOf(firstOf(ways, clock, signal))
    all[0]!.fail(new Error('first'))
    await clock.advance(0)
    all[1]!.fail(new Error('second'))
    expect(await error).toMatchObject({ message: 'first' })
  })

  it('end with the signal', async () => {
    const abort = new AbortController()
    const { ways, states } = attempts(2)
    const error = rejectionOf(firstOf(ways, new FakeClock(), abort.signal))
    abort.abort('enough')
    expect(await error).toBe('enough')
    expect(states()).toEqual(['ended', 'not started'])
  })

  it('lead to a server', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const socket = await dial('localhost', (server.address() as AddressInfo).port, systemClock, signal)
    expect(String((await once(socket, 'data'))[0])).toBe('hello')
  })
})
