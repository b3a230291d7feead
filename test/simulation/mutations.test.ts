import { describe, expect, it } from 'vitest'
import { firstCatch, mutant } from './mutant.ts'
import { MUTATIONS } from './mutations.ts'

/** Every mutation must show within so many seeds. */
const SEEDS = 1_500

describe('the simulation catches an elector in which', () => {
  it.each(MUTATIONS)('$name', { timeout: 120_000 }, async (mutation) => {
    expect(await firstCatch(await mutant(mutation), SEEDS)).not.toBeNull()
  })
})
