import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Terminal } from './terminal.ts'
import { startWorld, type World } from './world.ts'

let world: World
let first: Terminal
let second: Terminal

beforeAll(async () => {
  world = await startWorld('elector')
  first = world.run(['--id=a'])
  await first.printed('round 2')
  second = world.run(['--id=b'])
  await second.printed('a is the leader')
})
afterAll(() => world[Symbol.asyncDispose]())

const tokenOf = ({ output }: Terminal): bigint => BigInt(/^leading, with fencing token (\d+)$/m.exec(output)![1]!)

it('works only while it leads', () => {
  expect(first.output).toMatch(/^a is the leader\n/m)
  expect(second.output).not.toContain('leading')
})

it('releases the lease on Ctrl-C, after its work has ended', async () => {
  await first.interrupt()
  expect(first.output).toMatch(/round \d+\nstopped leading \(stopped\)\n$/)
})

it('is followed by the standby, with a higher fencing token', async () => {
  await second.printed('round 2')
  expect(second.output).toContain('b is the leader\n')
  expect(tokenOf(second)).toBeGreaterThan(tokenOf(first))
})
