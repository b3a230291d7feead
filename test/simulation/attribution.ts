import type { Overlap, Timings } from './judge.ts'

/** Why two candidates may have led at once without breaking S1: each is something that S1 says it does not cover. */
export type Attribution =
  | 'somebody wrote the record by hand, until ours heard of it'
  | 'somebody wrote the record by hand, until client-go gave up'
  | 'the clocks ran further apart than promised'
  | 'the machine slept'
  | 'client-go: the leader was paused'
  | 'client-go: the leader was partitioned, with ReleaseOnCancel'
  | 'client-go: the leader heard of its renewal too late'

/** Arithmetic. */
const SLACK_MS = 0.05
const WAKE_TICK_MS = 50

/**
 * Finds what an overlap is owed to, with the bound that belongs to it; null where S1 covers it. Whoever wrote the
 * record first is the one that has gone on for too long, even where it began to act later.
 */
export function attribute(acting: Overlap, timings: Timings, foreignWritesAtMs: readonly number[]): Attribution | null {
  const overlap = inOrderOfWriting(acting)
  const { older, newer } = overlap
  const leader = older.by
  const renewedAtMs = Math.min(leader.lastApplied?.atMs ?? 0, newer.by.lastApplied?.atMs ?? 0, newer.startedAtMs)
  if (foreignWritesAtMs.some((atMs) => atMs >= renewedAtMs && atMs <= overlap.untilMs)) {
    return leader.kind === 'ours'
      ? 'somebody wrote the record by hand, until ours heard of it'
      : 'somebody wrote the record by hand, until client-go gave up'
  }
  return leader.kind === 'ours' ? ofOurs(overlap, timings) : ofClientGo(overlap, timings)
}

function inOrderOfWriting(overlap: Overlap): Overlap {
  const { older, newer } = overlap
  const isInOrder = (older.by.lastApplied?.version ?? 0) <= (newer.by.lastApplied?.version ?? 0)
  return isInOrder ? overlap : { ...overlap, older: newer, newer: older }
}

function ofOurs(overlap: Overlap, timings: Timings): Attribution | null {
  const leader = overlap.older.by
  const ratio = displacerRate(overlap) / leader.process.rate
  const isBeyondPromise = ratio > timings.leaseDurationMs / timings.renewDeadlineMs + 1e-9
  const boundMs = (leader.lastApplied?.sentAtMs ?? 0) + (timings.renewDeadlineMs + WAKE_TICK_MS) / leader.process.rate
  if (isBeyondPromise && overlap.untilMs <= boundMs + SLACK_MS) return 'the clocks ran further apart than promised'
  const wokeAtMs = leader.process.resumed?.from === 'asleep' ? leader.process.resumed.atMs : Number.NEGATIVE_INFINITY
  if (overlap.untilMs <= wokeAtMs + (WAKE_TICK_MS + 1) / leader.process.rate) return 'the machine slept'
  return null
}

function ofClientGo(overlap: Overlap, timings: Timings): Attribution | null {
  const { older, untilMs } = overlap
  const { process, lastApplied, lastHeardAtMs, lastSuspendedAtMs } = older.by
  if (!lastApplied || lastHeardAtMs === null) return null
  if (lastSuspendedAtMs >= Math.min(lastApplied.sentAtMs, lastHeardAtMs)) return 'client-go: the leader was paused'
  const goesOnUntilMs = lastHeardAtMs + (timings.retryPeriodMs + timings.renewDeadlineMs) / process.rate + SLACK_MS
  if (older.isReleasing) {
    const inTime = untilMs <= goesOnUntilMs + timings.renewDeadlineMs / process.rate
    return inTime ? 'client-go: the leader was partitioned, with ReleaseOnCancel' : null
  }
  const expiresAtMs = lastApplied.atMs + timings.leaseDurationMs / displacerRate(overlap)
  return untilMs <= goesOnUntilMs && goesOnUntilMs > expiresAtMs
    ? 'client-go: the leader heard of its renewal too late'
    : null
}

/** The rate of the clock by which the older leader's lease was judged to have run out. */
function displacerRate({ older, newer }: Overlap): number {
  return Math.max(newer.by.process.rate, older.by.displacedBy?.process.rate ?? 0)
}
