import { howItEnded } from '../../shared/lease/timeline/timeline.ts'
import type { DisconnectedSpan, LeadershipChange, LeadershipSpan, Renewal, TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { KnownState, MemoryLine } from './lines.ts'

/** A change that was observed while one watch was complete. Times are in milliseconds since the epoch. */
type Change = { readonly atMs: number } & ({ readonly state: KnownState } | { readonly lateMs: number })

/** A time in which one watch observed every change of one election. */
export interface WatchedTime {
  readonly fromMs: number
  readonly toMs: number
  /** What was known at its beginning; null: the election did not exist. */
  readonly first: KnownState | null
  readonly changes: readonly Change[]
}

/** Which election, where. */
export interface Remembering {
  readonly context: string
  /** The server that the context leads to now; null if it is not known. */
  readonly server: string | null
  readonly lock: string
  readonly namespace: string
  readonly name: string
}

/** Two moments that are closer than this are one for a person. */
const GAP_MS = 500

const ABSENT: KnownState = { kind: 'absent', holderIdentity: '', leaseDurationMs: null }

/** When one election was watched, and what happened to it then, from the lines of one file. */
export function watchedTimes(lines: Iterable<MemoryLine>, wanted: Remembering): WatchedTime[] {
  const times: WatchedTime[] = []
  const states = new Map<number, KnownState>()
  const open = new Map<number, { readonly fromMs: number; toMs: number; readonly first: KnownState | null; readonly changes: Change[] }>()
  const end = (watch: number, atMs?: number): void => {
    const time = open.get(watch)
    open.delete(watch)
    // A watch that never had this election may not include it.
    if (time && states.has(watch)) times.push({ ...time, toMs: Math.max(atMs ?? time.toMs, time.fromMs) })
  }
  for (const line of lines) {
    if (line.type === 'memory') continue
    const { watch, atMs } = line
    const time = open.get(watch)
    if (time && line.type !== 'unwatched') time.toMs = Math.max(time.toMs, atMs)
    switch (line.type) {
      case 'watched': {
        end(watch)
        const isWanted = line.context === wanted.context && (wanted.server === null || line.server === wanted.server)
        if (isWanted) open.set(watch, { fromMs: atMs, toMs: atMs, first: states.get(watch) ?? null, changes: [] })
        break
      }
      case 'unwatched':
        end(watch, atMs)
        break
      case 'state':
        if (!isSame(line.election, wanted)) break
        states.set(watch, line)
        // Until missed changes have arrived, this only corrects what is known at the beginning.
        if (time && atMs < time.fromMs) open.set(watch, { ...time, first: line })
        else time?.changes.push({ atMs, state: line })
        break
      case 'late':
        if (isSame(line.election, wanted)) time?.changes.push({ atMs, lateMs: line.intervalMs })
        break
      case 'alive':
        break
    }
  }
  for (const watch of [...open.keys()]) end(watch)
  return times
}

/**
 * The timeline of an election from all times in which something watched it, on this process's clock. Where several did, the
 * first one tells. The times in between are marked as not watched.
 *
 * @param reason Why nothing is known of the times in between, for a person.
 */
export function rememberedTimeline(times: readonly WatchedTime[], { fromMs, reason }: { readonly fromMs: number; readonly reason: string }, now: Moment): TimelineSnapshot | null {
  const momentAt = (wallMs: number): Moment => ({ wallMs, monotonicMs: now.monotonicMs - (now.wallMs - wallMs) })
  const spans: LeadershipSpan[] = []
  const renewals: Renewal[] = []
  const transitions: LeadershipChange[] = []
  const disconnected: DisconnectedSpan[] = []
  let startMs: number | null = null
  let untilMs = fromMs
  for (const time of times.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const sinceMs = Math.max(time.fromMs, untilMs)
    const toMs = Math.min(time.toMs, now.wallMs)
    if (toMs <= sinceMs) continue
    startMs ??= sinceMs
    const isGap = startMs !== sinceMs && sinceMs - untilMs > GAP_MS
    if (isGap) disconnected.push({ from: momentAt(untilMs), to: momentAt(sinceMs), reason })
    close(untilMs)
    untilMs = toMs
    const before = time.changes.findLast((change) => 'state' in change && change.atMs <= sinceMs)
    begin(before && 'state' in before ? before.state : time.first, sinceMs, false)
    for (const change of time.changes) {
      if (change.atMs <= sinceMs || change.atMs > toMs) continue
      if ('state' in change) begin(change.state, change.atMs, true)
      else late(change.lateMs, change.atMs)
    }
  }
  if (startMs === null) return null
  close(untilMs)
  if (now.wallMs - untilMs > GAP_MS) disconnected.push({ from: momentAt(untilMs), to: now, reason })
  return { now, completeFrom: momentAt(startMs), renewalsFrom: now, spans, renewals, transitions, disconnected, lastChange: null }

  function close(atMs: number): void {
    const last = spans.at(-1)
    if (last?.to === null) spans.splice(-1, 1, { ...last, to: momentAt(atMs) })
  }

  function begin(state: KnownState | null, atMs: number, isStartSeen: boolean): void {
    const before = spans.at(-1)
    const { kind, holderIdentity, leaseDurationMs, isNewTerm = false, unseenTransitions = 0 } = state ?? ABSENT
    const lastLed = spans.findLastIndex((span) => span.kind === 'led')
    const led = spans[lastLed]
    const at = momentAt(atMs)
    close(atMs)
    const isChange = kind === 'led' && (isStartSeen ? isNewTerm : led !== undefined && led.holderIdentity !== holderIdentity)
    if (isChange) {
      const between = spans.slice(lastLed + 1)
      const how = isStartSeen && before ? howItEnded(between) : 'unseen'
      const leaderlessMs = isStartSeen && led && between[0]?.isStartSeen ? atMs - led.to!.wallMs : null
      transitions.push({ at, from: led?.holderIdentity ?? '', to: holderIdentity, how, leaderlessMs, unseenTransitions })
    }
    spans.push({ kind, holderIdentity, leaseDurationMs, from: at, to: null, isStartSeen })
  }

  function late(intervalMs: number, atMs: number): void {
    const led = spans.findLast(({ kind }) => kind === 'led')
    if (led) renewals.push({ at: momentAt(atMs), holderIdentity: led.holderIdentity, intervalMs, leaseDurationMs: led.leaseDurationMs })
  }
}

function isSame(a: { readonly lock: string; readonly namespace: string; readonly name: string }, b: typeof a): boolean {
  return a.lock === b.lock && a.namespace === b.namespace && a.name === b.name
}
