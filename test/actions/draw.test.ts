import { expect, it } from 'vitest'
import { drawOf } from '../../shared/actions/failover/draw.ts'
import type { Candidate } from '../../shared/candidates/candidate.ts'

const others = (count: number): readonly Candidate[] => Array.from({ length: count }, () => ({}) as Candidate)

it.each([
  [{ tries: 1, others: 1 }, { chance: 1 / 2, mostChance: 1, expectedTries: 1 }],
  [{ tries: 1, others: 2 }, { chance: 1 / 3, mostChance: 1 / 2, expectedTries: 1 }],
  [{ tries: 3, others: 2 }, { chance: 19 / 27, mostChance: 7 / 8, expectedTries: 1 + 2 / 3 + 4 / 9 }],
])('of one candidate, %j: the old leader may take part, or not', ({ tries, others: count }, expected) => {
  const [wanted, ...rest] = others(count)
  const { chance, mostChance, expectedTries, expectedMs } = drawOf({ tries }, [wanted!], [wanted!, ...rest], 1_000)
  expect(chance).toBeCloseTo(expected.chance)
  expect(mostChance).toBeCloseTo(expected.mostChance)
  expect(expectedTries).toBeCloseTo(expected.expectedTries)
  expect(expectedMs).toBeCloseTo(expected.expectedTries * 1_000)
})
