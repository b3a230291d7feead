import type { Outcome } from './simulation.ts'

/** What many seeds came to. */
export interface Totals {
  readonly seeds: number
  readonly terms: number
  readonly simulatedMs: number
  readonly failed: readonly (readonly [seed: number, violations: readonly string[]])[]
  /** Overlaps that S1 does not cover, by what they are owed to. */
  readonly attributions: ReadonlyMap<string, { readonly count: number; readonly longestMs: number }>
  /** How often failovers told what. */
  readonly failovers: ReadonlyMap<string, number>
}

export function emptyTotals(): Totals {
  return { seeds: 0, terms: 0, simulatedMs: 0, failed: [], attributions: new Map(), failovers: new Map() }
}

export function add(totals: Totals, outcome: Outcome): Totals {
  const failed = outcome.violations.length > 0 ? [[outcome.seed, outcome.violations] as const] : []
  const { terms, simulatedMs, attributions } = outcome
  const failovers = outcome.failovers.reduce((counts, what) => counts.set(what, (counts.get(what) ?? 0) + 1), new Map<string, number>())
  return merge(totals, { seeds: 1, terms, simulatedMs, failed, attributions, failovers })
}

export function merge(a: Totals, b: Totals): Totals {
  const attributions = new Map(a.attributions)
  for (const [attribution, { count, longestMs }] of b.attributions) {
    const known = attributions.get(attribution) ?? { count: 0, longestMs: 0 }
    attributions.set(attribution, { count: known.count + count, longestMs: Math.max(known.longestMs, longestMs) })
  }
  const failovers = new Map(a.failovers)
  for (const [what, count] of b.failovers) failovers.set(what, (failovers.get(what) ?? 0) + count)
  return {
    seeds: a.seeds + b.seeds,
    terms: a.terms + b.terms,
    simulatedMs: a.simulatedMs + b.simulatedMs,
    failed: [...a.failed, ...b.failed],
    attributions,
    failovers,
  }
}

/** The line that plays one seed again. */
export function replayLine(seed: number): string {
  return `npm run simulate -- --replay ${seed}`
}

export function report(totals: Totals, tookMs: number): string {
  const perSecond = (totals.seeds / tookMs) * 1000
  const lines = [
    `${totals.seeds} seeds in ${(tookMs / 1000).toFixed(1)}s (${perSecond.toFixed(0)} a second)`,
    `${totals.terms} terms in ${(totals.simulatedMs / 3_600_000).toFixed(0)} hours of simulated time`,
    `${totals.failed.length} seeds with violations`,
    'overlaps that S1 does not cover:',
  ]
  for (const [attribution, { count, longestMs }] of [...totals.attributions].sort(([, a], [, b]) => b.count - a.count)) {
    lines.push(`  ${String(count).padStart(6)}  longest ${(longestMs / 1000).toFixed(1).padStart(5)}s  ${attribution}`)
  }
  lines.push('failovers:')
  for (const [what, count] of [...totals.failovers].sort(([, a], [, b]) => b - a)) lines.push(`  ${String(count).padStart(6)}  ${what}`)
  return lines.join('\n')
}
