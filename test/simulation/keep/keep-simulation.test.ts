import { describe, expect, it } from 'vitest'
import { keepPlan, simulateKeep, type KeepOutcome } from './keep-simulation.ts'

const SEEDS = 40

describe('a keeper beside a program that is stopped and resumed at any moment', () => {
  it(`never writes what S8 forbids, and never makes two leaders, in ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    const outcomes: KeepOutcome[] = []
    for (let seed = 1; seed <= SEEDS; seed++) outcomes.push(await simulateKeep(seed))
    expect(outcomes.flatMap(({ seed, violations }) => violations.map((text) => `seed ${seed}: ${text}`))).toEqual([])
    // A pause that was not kept can make a client-go leader act for too long. A release would count as written by hand.
    const causes = new Set(outcomes.flatMap(({ overlaps }) => [...overlaps.keys()]))
    for (const cause of causes) expect(cause).toMatch(/^client-go: /)

    // Something took place.
    const sum = (of: (outcome: KeepOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0)
    expect(sum(({ kept }) => kept)).toBeGreaterThan(SEEDS)
    expect(outcomes.filter(({ release }) => release === 'released').length).toBeGreaterThan(3)
    expect(outcomes.filter(({ release }) => release === 'not-released').length).toBeGreaterThan(3)
    expect(outcomes.filter(({ plan, kept }) => plan.told === 'nothing' && kept > 0).length).toBeGreaterThan(0)
  })

  it('keeps leadership over single pauses if nothing is wrong with its connection', { timeout: 120_000 }, async () => {
    let pauses = 0
    let survived = 0
    for (let seed = 1_001; seed <= 1_000 + 2 * SEEDS; seed++) {
      const { told, isLinkGood, isStepping } = keepPlan(seed)
      if (told !== 'program' || !isLinkGood || isStepping) continue
      const outcome = await simulateKeep(seed)
      pauses += outcome.pauses
      survived += outcome.survived
    }
    expect(pauses).toBeGreaterThan(20)
    // A stop in the middle of a renewal, for longer than the renew deadline, can be lost: see docs/debugging.md.
    expect(survived / pauses).toBeGreaterThan(0.9)
  })
})
