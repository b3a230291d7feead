import { harmless } from '../../shared/lease/harmless.ts'
import { isNearMiss, latenessOf, type LeadershipChange, type Renewal, type TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { durationText } from '../../shared/duration.ts'
import { fill } from '../words/fill.ts'
import type { Mark } from './marks.ts'
import type { TimelineStrings } from './strings.ts'

/** Formats a time of day, given in milliseconds since the epoch. */
export type TimeOfDay = (wallMs: number) => string

const LONGEST_IDENTITY = 120
const LONGEST_REASON = 300

/** A mark in a sentence, with its time. */
export function markSentence(mark: Mark, strings: TimelineStrings, timeOfDay: TimeOfDay): string {
  return fill(strings.atTime, timeOfDay(mark.at.wallMs), markFact(mark, strings))
}

/** A mark in a sentence, without its time. */
export function markFact(mark: Mark, strings: TimelineStrings): string {
  switch (mark.kind) {
    case 'renewal':
      return renewalFact(mark.renewal, strings)
    case 'transition':
      return changeFact(mark.change, strings)
    case 'span': {
      const { kind, holderIdentity } = mark.span
      if (kind === 'expired') return fill(strings.spanExpired, shown(holderIdentity, strings))
      return { led: '', free: strings.spanFree, blocked: strings.spanBlocked, absent: strings.spanAbsent }[
        kind
      ]
    }
    case 'break': {
      const { from, to, reason } = mark.disconnected
      const why = harmless(reason, LONGEST_REASON)
      if (to === null) return fill(strings.brokeOffStill, why)
      return fill(strings.brokeOff, durationText(to.monotonicMs - from.monotonicMs, strings), why)
    }
  }
}

/** The current state in one or two sentences, for a person who cannot see the picture. */
export function statusSentence(snapshot: TimelineSnapshot, strings: TimelineStrings, timeOfDay: TimeOfDay): string {
  const { now, spans, disconnected, lastChange } = snapshot
  const open = spans.at(-1)
  const lost = disconnected.at(-1)
  if (lost?.to === null) return fill(strings.stale, harmless(lost.reason, LONGEST_REASON), timeOfDay(lost.from.wallMs))
  if (!open) return strings.nothingYet
  const holder = shown(open.holderIdentity, strings)
  switch (open.kind) {
    case 'blocked':
      return strings.blocked
    case 'free':
      return strings.free
    case 'absent':
      return strings.notThere
    case 'expired':
      if (!open.isStartSeen) return fill(strings.expiredUnseen, holder, silence(now.monotonicMs, lastChange?.monotonicMs))
      return fill(
        strings.expiredBy,
        holder,
        silence(now.monotonicMs, lastChange?.monotonicMs),
        since(open.from.monotonicMs),
      )
    case 'led': {
      if (!lastChange || open.leaseDurationMs === null) return strings.unknownState
      const silentMs = now.monotonicMs - lastChange.monotonicMs
      if (!open.isStartSeen && snapshot.renewals.length === 0 && snapshot.transitions.length === 0) {
        return fill(strings.heldByRecorded, holder)
      }
      const isLate = isNearMiss({
        at: now,
        holderIdentity: '',
        intervalMs: silentMs,
        leaseDurationMs: open.leaseDurationMs,
      })
      const left = durationText(open.leaseDurationMs - silentMs, strings)
      return fill(isLate ? strings.lateBy : strings.heldBy, holder, durationText(silentMs, strings), left)
    }
  }

  function silence(nowMs: number, lastMs: number | undefined): string {
    return lastMs === undefined ? strings.unknown : durationText(nowMs - lastMs, strings)
  }
  function since(fromMs: number): string {
    return durationText(now.monotonicMs - fromMs, strings)
  }
}

/** The number of transitions and late renewals, and how regular the renewals are. */
export function countsSentence({ transitions, renewals, renewalsFrom, spans }: TimelineSnapshot, strings: TimelineStrings): string {
  const wholeFromMs = renewalsFrom?.monotonicMs ?? Number.NEGATIVE_INFINITY
  const intervals = renewals.flatMap(({ at, intervalMs }) => (at.monotonicMs < wholeFromMs ? [] : (intervalMs ?? []))).sort((a, b) => a - b)
  const expired = spans.filter(({ kind }) => kind === 'expired').length
  if (intervals.length === 0) return fill(strings.countsWithout, transitions.length, expired)
  const medianMs = intervals[Math.floor(intervals.length / 2)]!
  const late = renewals.filter(isNearMiss).length
  return fill(
    strings.counts,
    transitions.length,
    expired,
    late,
    durationText(medianMs, strings),
    durationText(intervals.at(-1)!, strings),
  )
}

/** The new events, for a screen reader; empty if there are none. */
export function announcement(
  before: readonly Mark[],
  after: readonly Mark[],
  strings: TimelineStrings,
  timeOfDay: TimeOfDay,
): string {
  const known = new Set(before.map(({ key }) => key))
  const news = after.filter(({ key, isNotable }) => isNotable && !known.has(key))
  return news.map((mark) => markSentence(mark, strings, timeOfDay)).join(' ')
}

function renewalFact(renewal: Renewal, strings: TimelineStrings): string {
  const { intervalMs, leaseDurationMs } = renewal
  const holder = shown(renewal.holderIdentity, strings)
  if (intervalMs === null || leaseDurationMs === null) return fill(strings.renewedUnknown, holder)
  const lateness = latenessOf(renewal)
  const { renewed, renewedLate, renewedExpired } = strings
  const text = lateness === 'late' ? renewedLate : lateness === 'expired' ? renewedExpired : renewed
  return fill(text, holder, durationText(intervalMs, strings), Math.round((intervalMs / leaseDurationMs) * 100))
}

function changeFact({ from, to, how, leaderlessMs, unseenTransitions }: LeadershipChange, strings: TimelineStrings): string {
  const after = unseenTransitions > 0 ? `; ${fill(strings.unseenChanges, unseenTransitions)}` : ''
  const names = [shown(to, strings), shown(from, strings)]
  if (from === '') return fill(strings.firstLed, ...names) + after
  if (how === 'taken') return fill(strings.tookOver, ...names) + after
  if (leaderlessMs === null) return fill(strings.handedOverUnknown, ...names, howText(how, strings)) + after
  return fill(strings.handedOver, ...names, howText(how, strings), durationText(leaderlessMs, strings)) + after
}

function howText(how: LeadershipChange['how'], strings: TimelineStrings): string {
  return {
    released: strings.howReleased,
    expired: strings.howExpired,
    deleted: strings.howDeleted,
    failover: strings.howFailover,
    taken: strings.howTaken,
    unseen: strings.howUnseen,
  }[how]
}

function shown(identity: string, strings: TimelineStrings): string {
  return identity === '' ? strings.noLeader : harmless(identity, LONGEST_IDENTITY)
}
