import type { History } from './history.ts'
import type { TimeRange } from './time-range.ts'

/** Leaves out what certainly happened before or after a time. What reaches into it is kept whole. */
export function clipHistory(history: History, { fromMs, toMs }: TimeRange): History {
  const endMs = toMs ?? Number.POSITIVE_INFINITY
  const isIn = (range: TimeRange): boolean => range.fromMs <= endMs && (range.toMs ?? Number.POSITIVE_INFINITY) >= fromMs
  const inTime = <T extends TimeRange>(ranges: readonly T[]): T[] => ranges.filter(isIn)
  return {
    ...history,
    // What may have gone on for ever is told of only if it is near: its leader was replaced before.
    terms: history.terms.filter((term, index) => {
      const next = history.terms[index + 1]
      return isIn({ fromMs: term.start.fromMs, toMs: term.end ? (term.end.toMs ?? next?.start.toMs ?? null) : null })
    }),
    leaderless: inTime(history.leaderless),
    overlaps: inTime(history.overlaps),
    blocked: inTime(history.blocked),
    handWrites: inTime(history.handWrites),
    interventions: inTime(history.interventions),
    activity: inTime(history.activity),
    missing: inTime(history.missing),
  }
}
