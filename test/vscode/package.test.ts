import { statSync } from 'node:fs'
import { expect, inject, it } from 'vitest'

const { file, printed } = inject('packaged')

it('is packed without a warning', () => {
  expect(printed).toContain('Packaged:')
  expect(printed).not.toMatch(/warn/i)
})

it('is smaller than 2 MB', () => {
  expect(statSync(file).size).toBeLessThan(2_000_000)
})
