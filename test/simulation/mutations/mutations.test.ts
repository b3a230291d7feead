import { describe, expect, it } from 'vitest'
import { byTests, whatCatches } from './catching.ts'
import { PARTS } from './mutations.ts'

// As many at once as there are cores to be expected.
describe.each(Object.entries(PARTS))('the tests and the simulation catch mistakes in %s', { concurrent: true }, (_part, { tests, mutations }) => {
  it('and let pass what has none', { timeout: 300_000 }, async () => {
    expect(await byTests(null, tests)).toBeNull()
  })

  it.each(mutations)('$name', { timeout: 600_000 }, async (mutation) => {
    const caught = await whatCatches(mutation, tests)
    if (mutation.equivalent === undefined) expect(caught).not.toBeNull()
    else expect(caught).toBeNull()
  })
})
