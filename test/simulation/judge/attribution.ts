import type { CandidateState, Timings } from './candidate-state.ts'
import { KILL_MS, WAKE_TICK_MS } from './deadline-rules.ts'
import type { Overlap } from './overlaps.ts'

/** Why two candidates may have led at once without breaking S1: each is something that S1 says it does not cover. */
export type Attribution =
  | 'somebody wrote the record by hand, until ours heard of it'
  | 'somebody wrote the record by hand, until client-go gave up'
  | 'the clocks ran further apart than promised'
  | 'the machine slept'
  | 'the machine was suspended with both of its clocks'
  | 'the work blocked the event loop'
  | 'client-go: the leader was paused'
  | 'client-go: the leader was partitioned, with ReleaseOnCancel'
  | 'client-go: the leader heard of its renewal too late'

/** Arithmetic. */
const SLACK_MS = 0.05
/** client-go looks at its deadline between two requests. */
const ROUND_TRIP_MS = 50

/**
 * Finds what an overlap is owed to; null where S1 covers it, or where it went on for longer than that explains. Whoever
 * wrote the record first is the one that has gone on for too long, even where it began to act later.
 *
 * @param foreignWritesAtMs when somebody who is no candidate changed the record; true milliseconds
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

/** Whatever happens to the record, one of ours acts until its own deadline at most, as far as it can read the time. */
function ofOurs(overlap: Overlap, timings: Timings, isByHand: boolean): Attribution | null {
  const leader = overlap.older.by
  const { process } = leader
  const untilMs = overlap.untilMs - SLACK_MS
  const sentAtMs = leader.lastApplied?.sentAtMs ?? 0
  const deadlineAtMs = sentAtMs + (leader.worksForMs + WAKE_TICK_MS) / process.rate + (leader.runsCommands ? KILL_MS : 0)
  const blockedUntilMs = leader.runsCommands ? Number.NEGATIVE_INFINITY : process.blockedUntilMs(sentAtMs, deadlineAtMs)
  if (isByHand && untilMs <= Math.max(deadlineAtMs, blockedUntilMs)) return 'somebody wrote the record by hand, until ours heard of it'
  const ratio = displacerRate(overlap) / process.rate
  const isBeyondPromise = ratio > timings.leaseDurationMs / leader.worksForMs + 1e-9
  if (isBeyondPromise && untilMs <= deadlineAtMs) return 'the clocks ran further apart than promised'
  const wokeAtMs = process.resumed?.from === 'asleep' ? process.resumed.atMs : Number.NEGATIVE_INFINITY
  if (untilMs <= wokeAtMs + (WAKE_TICK_MS + 1) / process.rate + (leader.runsCommands ? KILL_MS : 0)) return 'the machine slept'
  const frozenMs = process.frozenMsSince(sentAtMs)
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
  if (isByHand && untilMs <= givesUpAtMs + releaseMs) return 'somebody wrote the record by hand, until client-go gave up'
  if (wasPaused && untilMs <= givesUpAtMs + releaseMs) return 'client-go: the leader was paused'
  const goesOnUntilMs = lastHeardAtMs + roundMs
  if (older.isReleasing) {
    return untilMs <= goesOnUntilMs + releaseMs ? 'client-go: the leader was partitioned, with ReleaseOnCancel' : null
  }
  const expiresAtMs = lastApplied.atMs + timings.leaseDurationMs / displacerRate(overlap)
  return untilMs <= goesOnUntilMs && goesOnUntilMs > expiresAtMs ? 'client-go: the leader heard of its renewal too late' : null
}

/** The rate of the clock by which the older leader's lease was judged to have run out. */
function displacerRate({ older, newer }: Overlap): number {
  return Math.max(newer.by.process.rate, rateOf(older.by.displacedBy))
}

function rateOf(candidate: CandidateState | null): number {
  return candidate?.process.rate ?? 0
}
