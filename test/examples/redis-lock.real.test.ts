import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startRealRedis, type RealRedis } from '../support/real-redis.ts'
import { readmeCommand, Terminal } from './terminal.ts'

let redis: RealRedis
let a: Terminal
let b: Terminal

beforeEach(async () => {
  // A Redis that forgets over a restart would start the fencing tokens anew.
  redis = await startRealRedis({ isPersistent: true })
  const run = (id: string): Terminal =>
    new Terminal(readmeCommand('redis-lock', `--id=${id}`).replace('127.0.0.1:6379', `127.0.0.1:${redis.port}`), {})
  a = run('a')
  await a.printed('started-leading')
  b = run('b')
  await b.printed(/new-leader +a/)
})
afterEach(async () => {
  await Promise.all([a.kill(), b.kill()])
  await redis.close()
})

const token = (terminal: Terminal): bigint => BigInt(/started-leading +fencing token (\d+)/.exec(terminal.output)![1]!)

describe('of two candidates of an election in Redis', () => {
  it('the second takes over when the first is stopped', async () => {
    await a.interrupt()
    await b.printed('started-leading')
    expect(a.output).toContain('released')
    expect(token(b)).toBeGreaterThan(token(a))
  })

  it('the second takes over when the first is killed and its lease has expired', async () => {
    const killedAtMs = performance.now()
    await a.kill()
    await b.printed('started-leading')
    // The last of the renewals, every 2 s, may have been as long ago.
    expect(performance.now() - killedAtMs).toBeGreaterThan(12_500)
    expect(token(b)).toBeGreaterThan(token(a))
  })

  it('the first keeps leading through a restart of Redis', async () => {
    await redis.restart()
    const renewed = async (): Promise<string> => redis.send('HGETALL', 'my-election')
    const before = await renewed()
    await expect.poll(renewed, { timeout: 20_000, interval: 200 }).not.toBe(before)
    expect(a.output).not.toContain('stopped-leading')
    expect(b.output).not.toContain('started-leading')
  })

  it('the first stops at its renew deadline while Redis does not answer, and one becomes the leader afterwards', async () => {
    redis.pause()
    await a.printed('stopped-leading')
    expect(b.output).not.toContain('started-leading')
    redis.resume()
    const terms = (): number => [a, b].flatMap(({ output }) => output.match(/started-leading/g) ?? []).length
    await expect.poll(terms, { timeout: 60_000, interval: 100 }).toBe(2)
  })
})
