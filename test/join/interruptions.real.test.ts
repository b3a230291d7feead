import { expect, it } from 'vitest'
import { interrupt } from './interruptions/run.ts'

it('40 interruptions make no two commands run at once, leave nothing behind, and end no join that should go on', async () => {
  const { violations, kinds } = await interrupt(40, 1, () => undefined)
  expect(violations).toEqual([])
  expect([...kinds.values()].reduce((sum, count) => sum + count, 0)).toBe(40)
}, 600_000)
