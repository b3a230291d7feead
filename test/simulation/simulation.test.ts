import { describe, expect, it } from 'vitest'
import { simulate } from './simulation.ts'
import { add, emptyTotals, replayLine, type Totals } from './totals.ts'

const SEEDS = 200
const GATED_SEEDS = 40

describe('elections from seeds', () => {
  it(`keep S1 to S4 in ${SEEDS} seeds, and find a leader again`, { timeout: 120_000 }, async () => {
    let totals: Totals = emptyTotals()
    for (let seed = 1; seed <= SEEDS; seed++) totals = add(totals, await simulate(seed))
    const replays = totals.failed.map(([seed, violations]) => `${replayLine(seed)}    # ${violations.join('; ')}`)
    expect(replays).toEqual([])
    // Elections took place, and what S1 leaves out was met: the judge looked at something.
    expect(totals.terms).toBeGreaterThan(SEEDS)
    expect(totals.attributions.size).toBeGreaterThan(3)
    for (const what of ['acknowledged', 'waited', 'taken', 'interrupted, restored']) expect(totals.failovers.get(what)).toBeGreaterThan(3)
  })

  it(`keep to their health checks in ${GATED_SEEDS} seeds, and find a leader also if no candidate is healthy`, { timeout: 120_000 }, async () => {
    let totals: Totals = emptyTotals()
    for (let seed = 1; seed <= GATED_SEEDS; seed++) totals = add(totals, await simulate(seed, { hasGates: true }))
    expect(totals.failed).toEqual([])
    expect(totals.terms).toBeGreaterThan(GATED_SEEDS)
  })

  it('come out the same when they are played again, to the last message', async () => {
    for (const seed of [3, 42, 4_242]) {
      const first = await simulate(seed, { trace: true })
      const second = await simulate(seed, { trace: true })
      expect(second.trace).toEqual(first.trace)
      expect(first.trace.length).toBeGreaterThan(10)
    }
  })
})
