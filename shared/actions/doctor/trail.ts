import { isSameRecord, timestampMs, type ElectionRecord } from '../../lease/index.ts'

/** One state of an election's record, as it came to this process. */
export interface Sighting {
  readonly record: ElectionRecord
  /** When it came; monotonic milliseconds. */
  readonly atMs: number
  /** When it came; wall clock, milliseconds since the epoch. */
  readonly wallMs: number
  /** Whether the connection was lost since the sighting before, so that the time in between says nothing. */
  readonly isAfterBreak: boolean
}

/** All states of one election's record that were seen, in their order. The first one was there before. */
export type Trail = readonly Sighting[]

/** So many are kept of one election. */
const LONGEST_TRAIL = 256

/** Adds a sighting; one of the same record adds nothing. */
export function withSighting(trail: Trail, sighting: Sighting): Trail {
  const last = trail.at(-1)
  if (last && isSameRecord(last.record, sighting.record)) return trail
  return [...trail.slice(1 - LONGEST_TRAIL), sighting]
}

/** One renewal by the present holder. */
export interface Renewal {
  /** Milliseconds since the write before it, by this process's clock; null where that was not seen to be written. */
  readonly afterMs: number | null
  /** The same by the clock of the holder, as it wrote it; null where it gives no times. It can be negative. */
  readonly recordedAfterMs: number | null
}

/** The part of a trail in which the present holder holds. */
export function presentTerm(trail: Trail): Trail {
  const holderIdentity = trail.at(-1)?.record.holderIdentity
  return trail.slice(trail.findLastIndex(({ record }) => record.holderIdentity !== holderIdentity) + 1)
}

/** The renewals by the present holder that were seen, the oldest first; none where nobody holds it. */
export function renewalsIn(trail: Trail): readonly Renewal[] {
  const term = presentTerm(trail)
  const [first] = term
  if (!first || first.record.holderIdentity === '') return []
  return term.slice(1).map((sighting, index) => {
    const before = term[index]!
    // The trail's first sighting was written at some time before.
    const isMeasured = before !== trail[0] && !sighting.isAfterBreak
    return {
      afterMs: isMeasured ? sighting.atMs - before.atMs : null,
      recordedAfterMs: difference(timestampMs(sighting.record.renewTime), timestampMs(before.record.renewTime)),
    }
  })
}

/** The median time between two renewals by the present holder, in milliseconds; null where fewer than two were measured. */
export function renewalIntervalMs(trail: Trail): number | null {
  const sorted = measured(trail).sort((a, b) => a - b)
  return sorted.length < 2 ? null : sorted[Math.floor(sorted.length / 2)]!
}

/**
 * The longest time that the present holder let pass between two renewals, in milliseconds; null where none was measured.
 *
 * It is one that both clocks agree on: what came late to this process alone was on time by the holder's clock, and a
 * holder's clock that was set ahead shows in nothing else.
 */
export function longestGapMs(trail: Trail): number | null {
  const here = measured(trail)
  if (here.length === 0) return null
  const there = renewalsIn(trail).flatMap(({ recordedAfterMs }) => recordedAfterMs ?? [])
  return there.length === 0 ? Math.max(...here) : Math.min(Math.max(...here), Math.max(...there))
}

function measured(trail: Trail): number[] {
  return renewalsIn(trail).flatMap(({ afterMs }) => afterMs ?? [])
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b
}
