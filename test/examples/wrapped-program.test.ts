import { expect, it } from 'vitest'
import { startWorld } from './world.ts'

it('a program works while its candidate leads, and the next one starts after that program has cleaned up', async () => {
  await using world = await startWorld('wrapped-program')
  const works = /works on default\/my-lease with fencing token (\d+)/
  const first = world.run(['--id=a'])
  await first.printed(works)
  const second = world.run(['--id=b'])
  await second.printed('new-leader')
  expect(second.output).not.toMatch(works)

  await first.interrupt()
  expect(first.output).toContain('a cleans up')
  await second.printed(works)
  const token = (output: string): bigint => BigInt(works.exec(output)![1]!)
  expect(token(second.output)).toBeGreaterThan(token(first.output))
})
