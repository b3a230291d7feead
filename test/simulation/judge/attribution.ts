import type { CandidateState, Timings } from './candidate-state.ts'
import { KILL_MS, WAKE_TICK_MS } from './deadline-rules.ts'
import type { Overlap } from './overlaps.ts'

/** Causes of an overlap of two leaders that S1 does not cover. docs/guarantees.md lists them. */
export type Attribution =
  | 'another client wrote the record by hand, until kubectl-leader learned of it'
  | 'another client wrote the record by hand, until client-go gave up'
  | 'the clocks ran further apart than S1 allows'
  | 'the machine slept'
  | 'the machine was suspended with both of its clocks'
  | 'the work blocked the event loop'
  | 'client-go: the leader was paused'
  | 'client-go: the leader was partitioned, with ReleaseOnCancel'
  | 'client-go: the leader learned of its renewal too late'

/** Arithmetic. */
const SLACK_MS = 0.05
/** client-go looks at its deadline between two requests. */
const ROUND_TRIP_MS = 50

/**
 * Finds the cause of an overlap; null if S1 covers it, or if it lasted longer than its cause explains. The candidate that
 * wrote the record first is the one that acted for too long, even if it started to act later.
 *
 * @param foreignWritesAtMs when a client that is not a candidate changed the record; true milliseconds
 */
export function attribute(acting: Overlap, timings: Timings, foreignWritesAtMs: readonly number[]): Attribution | null {
  const overlap = inOrderOfWriting(acting)
  const { older, newer } = overlap
  const leader = older.by
  const renewedAtMs = Math.min(leader.lastApplied?.atMs ?? 0, newer.by.lastApplied?.atMs ?? 0, newer.startedAtMs)
  const isByHand = foreignWritesAtMs.some((atMs) => atMs >= renewedAtMs && atMs <= overlap.untilMs)
  return leader.kind === 'ours' ? ofOurs(overlap, timings, isByHand) : ofClientGo(overlap, timings, isByHand)
}

function inOrderOfWriting(overlap: Overlap): Overlap {
  const { older, newer } = overlap
  const isInOrder = (older.by.lastApplied?.serial ?? 0) <= (newer.by.lastApplied?.serial ?? 0)
  return isInOrder ? overlap : { ...overlap, older: newer, newer: older }
}

/** Whatever happens to the record, a kubectl-leader candidate acts at most until its own deadline, by the clocks that it can read. */
function ofOurs(overlap: Overlap, timings: Timings, isByHand: boolean): Attribution | null {
  const leader = overlap.older.by
  const { process } = leader
  const untilMs = overlap.untilMs - SLACK_MS
  const sentAtMs = leader.lastApplied?.sentAtMs ?? 0
  const deadlineAtMs = sentAtMs + (leader.worksForMs + WAKE_TICK_MS) / process.rate + (leader.runsCommands ? KILL_MS : 0)
  const frozenMs = process.frozenMsSince(sentAtMs)
  const blockedUntilMs = leader.runsCommands ? Number.NEGATIVE_INFINITY : process.blockedUntilMs(sentAtMs, deadlineAtMs + frozenMs)
  if (isByHand && untilMs <= Math.max(deadlineAtMs, blockedUntilMs)) {
    return 'another client wrote the record by hand, until kubectl-leader learned of it'
  }
  const ratio = displacerRate(overlap) / process.rate
  const isBeyondPromise = ratio > timings.leaseDurationMs / leader.worksForMs + 1e-9
  if (isBeyondPromise && untilMs <= deadlineAtMs) return 'the clocks ran further apart than S1 allows'
  const wokeAtMs = process.resumed?.from === 'asleep' ? process.resumed.atMs : Number.NEGATIVE_INFINITY
  if (untilMs <= wokeAtMs + (WAKE_TICK_MS + 1) / process.rate + (leader.runsCommands ? KILL_MS : 0)) return 'the machine slept'
  if (frozenMs > 0 && untilMs <= deadlineAtMs + frozenMs) return 'the machine was suspended with both of its clocks'
  if (untilMs <= blockedUntilMs) return 'the work blocked the event loop'
  return null
}

function ofClientGo(overlap: Overlap, timings: Timings, isByHand: boolean): Attribution | null {
  const { older } = overlap
  const { process, lastApplied, lastHeardAtMs, lastSuspendedAtMs } = older.by
  const untilMs = overlap.untilMs - SLACK_MS
  if (!lastApplied || lastHeardAtMs === null) return null
  const wasPaused = lastSuspendedAtMs >= Math.min(lastApplied.sentAtMs, lastHeardAtMs)
  const roundMs = (timings.retryPeriodMs + timings.renewDeadlineMs) / process.rate + ROUND_TRIP_MS
  const releaseMs = older.isReleasing ? timings.renewDeadlineMs / process.rate : 0
  const givesUpAtMs = Math.max(lastHeardAtMs, lastSuspendedAtMs) + roundMs
  if (isByHand && untilMs <= givesUpAtMs + releaseMs) return 'another client wrote the record by hand, until client-go gave up'
  if (wasPaused && untilMs <= givesUpAtMs + releaseMs) return 'client-go: the leader was paused'
  const goesOnUntilMs = lastHeardAtMs + roundMs
  if (older.isReleasing) {
    return untilMs <= goesOnUntilMs + releaseMs ? 'client-go: the leader was partitioned, with ReleaseOnCancel' : null
  }
  const expiresAtMs = lastApplied.atMs + timings.leaseDurationMs / displacerRate(overlap)
  return untilMs <= goesOnUntilMs && goesOnUntilMs > expiresAtMs ? 'client-go: the leader learned of its renewal too late' : null
}

/** The rate of the clock by which the older leader's lease was judged to have run out. */
function displacerRate({ older, newer }: Overlap): number {
  return Math.max(newer.by.process.rate, rateOf(older.by.displacedBy))
}

function rateOf(candidate: CandidateState | null): number {
  return candidate?.process.rate ?? 0
}
