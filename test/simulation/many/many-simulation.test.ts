import { describe, expect, it } from 'vitest'
import { simulateMany, type ManyOutcome } from './many-simulation.ts'

const SEEDS = 12

describe('many failovers at once', () => {
  it(`keep S1 to S4 and their order in ${SEEDS} seeds, also if they are interrupted or killed half-way`, { timeout: 120_000 }, async () => {
    const outcomes: ManyOutcome[] = []
    for (let seed = 1; seed <= SEEDS; seed++) outcomes.push(await simulateMany(seed))
    expect(outcomes.flatMap(({ seed, violations }) => violations.map((text) => `seed ${seed}: ${text}`))).toEqual([])

    // Something took place.
    const verdicts = outcomes.flatMap((outcome) => outcome.verdicts)
    for (const what of ['taken', 'interrupted, restored', 'interrupted, released']) expect(verdicts.filter((each) => each === what).length).toBeGreaterThan(0)
    expect(outcomes.filter(({ isKilled }) => isKilled).length).toBeGreaterThan(1)
    expect(Math.max(...outcomes.map(({ mostAtOnce }) => mostAtOnce))).toBeGreaterThan(2)
    expect(outcomes.filter(({ sharedMoves }) => sharedMoves > 0).length).toBeGreaterThan(2)
  })
})
