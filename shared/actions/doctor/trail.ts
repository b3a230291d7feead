import { isSameRecord, type ElectionRecord } from '../../lease/record.ts'
import { timestampMs } from '../../lease/timestamp.ts'

/** One state of an election's record, as this process observed it. */
export interface Sighting {
  readonly record: ElectionRecord
  /** When it was observed; monotonic milliseconds. */
  readonly atMs: number
  /** When it was observed; wall clock, milliseconds since the epoch. */
  readonly wallMs: number
  /** Whether the connection was lost since the previous sighting, so that the time in between is not an interval. */
  readonly isAfterBreak: boolean
}

/** All observed states of one election's record, in order. The first one was written before the observation. */
export type Trail = readonly Sighting[]

/** How many sightings to keep of one election. */
const LONGEST_TRAIL = 256

/** Adds a sighting, unless the record is the same as before. */
export function withSighting(trail: Trail, sighting: Sighting): Trail {
  const last = trail.at(-1)
  if (last && isSameRecord(last.record, sighting.record)) return trail
  return [...trail.slice(1 - LONGEST_TRAIL), sighting]
}

/** One renewal by the present holder. */
export interface Renewal {
  /** Milliseconds since the previous write, by this process's clock; null if that write was not observed. */
  readonly afterMs: number | null
  /** The same by the holder's clock, from its renew times; null without them. It can be negative. */
  readonly recordedAfterMs: number | null
}

/** The part of a trail since the present holder's first sighting. */
export function presentTerm(trail: Trail): Trail {
  const holderIdentity = trail.at(-1)?.record.holderIdentity
  return trail.slice(trail.findLastIndex(({ record }) => record.holderIdentity !== holderIdentity) + 1)
}

/** The observed renewals by the present holder, the oldest first; none without a holder. */
export function renewalsIn(trail: Trail): readonly Renewal[] {
  const term = presentTerm(trail)
  const [first] = term
  if (!first || first.record.holderIdentity === '') return []
  return term.slice(1).map((sighting, index) => {
    const before = term[index]!
    // The first sighting of the trail was written at an unknown time.
    const isMeasured = before !== trail[0] && !sighting.isAfterBreak
    return {
      afterMs: isMeasured ? sighting.atMs - before.atMs : null,
      recordedAfterMs: difference(timestampMs(sighting.record.renewTime), timestampMs(before.record.renewTime)),
    }
  })
}

/** The median time between two renewals by the present holder, in milliseconds; null if fewer than two were measured. */
export function renewalIntervalMs(trail: Trail): number | null {
  const sorted = measured(trail).sort((a, b) => a - b)
  return sorted.length < 2 ? null : sorted[Math.floor(sorted.length / 2)]!
}

/**
 * The longest time between two renewals of the present holder, in milliseconds; null if none was measured.
 *
 * Both clocks must agree on it. A renewal that only reached this process late was on time by the holder's clock, and a jump
 * of the holder's clock does not show in this process's clock.
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
