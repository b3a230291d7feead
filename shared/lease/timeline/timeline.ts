import { isBlocking } from '../placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../record.ts'
import type { Moment } from '../status.ts'
import { firstTold, tell, type Told } from '../transition.ts'
import type { DisconnectedSpan, LeadershipChange, LeadershipSpan, Renewal, TimelineSnapshot } from './snapshot.ts'

/** How much to keep; the oldest entries are dropped first. */
export interface TimelineCapacity {
  /** Default 3,000: client-go's default election renews every 2 s, so 100 minutes of it. */
  readonly renewals?: number
  /** Of spans, transitions and disconnected periods each. Default 500. */
  readonly spans?: number
}

/** After an interruption, missed changes may take this long to arrive, so their times say nothing about the holder. */
const SETTLING_MS = 1_000

/** The last reading, and how exactly its time is known. */
interface Reading {
  readonly record: ElectionRecord
  readonly at: Moment
  /** Whether the change was observed when it happened, so that an interval from then on is the holder's. */
  readonly isExact: boolean
}

/**
 * What this process has observed of one election over time: the leaders, every renewal with its interval, transitions with
 * the time without a leader, and periods without a connection.
 *
 * All times are this process's own (see `Observation`). Whatever happened during a disconnected period stays unknown, as do
 * intervals that reach into one. A timeline keeps a bounded amount of data, and reads no clock: callers pass the time to
 * every method, and it must not go back.
 */
export class Timeline {
  readonly #mostRenewals: number
  readonly #mostSpans: number
  readonly #spans: LeadershipSpan[] = []
  readonly #renewals: Renewal[] = []
  readonly #transitions: LeadershipChange[] = []
  readonly #disconnected: DisconnectedSpan[] = []
  #completeFrom: Moment | null = null
  #renewalsFrom: Moment | null = null
  #told: Told | null = null
  #last: Reading | null = null
  #trustedFromMs = Number.NEGATIVE_INFINITY
  #unseenTransitions = 0

  constructor({ renewals = 3_000, spans = 500 }: TimelineCapacity = {}) {
    this.#mostRenewals = renewals
    this.#mostSpans = spans
  }

  /**
   * A timeline that goes on after what was known earlier, on the same clock. Its last span ends there.
   *
   * @param reason Why nothing is known from then until {@link connected}, for a person; null if something may be known.
   */
  static after(earlier: TimelineSnapshot, reason: string | null, capacity: TimelineCapacity = {}): Timeline {
    const timeline = new Timeline(capacity)
    const ended = <Span extends { readonly to: Moment | null }>(span: Span): Span => ({ ...span, to: span.to ?? earlier.now })
    timeline.#spans.push(...earlier.spans.map(ended))
    timeline.#renewals.push(...earlier.renewals)
    timeline.#transitions.push(...earlier.transitions)
    timeline.#disconnected.push(...earlier.disconnected.map(ended))
    if (reason !== null) timeline.#disconnected.push({ from: earlier.now, to: null, reason })
    timeline.#completeFrom = earlier.completeFrom
    timeline.#renewalsFrom = earlier.renewalsFrom
    return timeline
  }

  /** Adds one reading of the election's record. The same record again changes nothing. */
  read(record: ElectionRecord, at: Moment): void {
    const last = this.#last
    if (last && isSameRecord(last.record, record)) return
    this.#completeFrom ??= at
    this.#endLease(at)

    const telling = this.#told && last ? tell(this.#told, last.record, record) : null
    this.#told = telling?.told ?? firstTold(record)
    const reading = { record, at, isExact: last !== null && this.#isCurrentAt(at) }
    this.#last = reading
    let isNewTerm = false
    for (const { type, unseenTransitions = 0 } of telling?.transitions ?? []) {
      this.#unseenTransitions += unseenTransitions
      if (type === 'renewed') this.#addRenewal(reading, last!)
      if (type !== 'acquired') continue
      isNewTerm = true
      this.#addTransition(reading)
    }
    this.#goOn(spanKind(record), reading, isNewTerm)
  }

  /** The object that stores the record was deleted. */
  deleted(at: Moment): void {
    if (!this.#last) return
    this.#endLease(at)
    const record = { ...this.#last.record, holderIdentity: '', leaseDurationSeconds: null, renewTime: null }
    this.#last = { record, at, isExact: this.#isCurrentAt(at) }
    this.#goOn('absent', this.#last, false)
  }

  /**
   * The connection was lost at `since`. Nothing is known from then on, until {@link connected}.
   *
   * @param reason for a person
   */
  disconnected(since: Moment, reason: string): void {
    if (!this.#last) return
    const open = this.#openBreak
    if (open) {
      this.#disconnected.splice(-1, 1, { ...open, reason })
      return
    }
    this.#endLease(since)
    this.#push(this.#disconnected, { from: since, to: null, reason }, this.#mostSpans)
  }

  /** Readings are current again. Missed changes were read already, or are just arriving. */
  connected(at: Moment): void {
    const open = this.#openBreak
    if (!open) return
    this.#disconnected.splice(-1, 1, { ...open, to: at })
    this.#trustedFromMs = at.monotonicMs + SETTLING_MS
  }

  /** Everything that is known at `now`, as a copy. */
  snapshot(now: Moment): TimelineSnapshot {
    return {
      now,
      completeFrom: this.#completeFrom,
      renewalsFrom: this.#renewalsFrom,
      spans: this.#spansUpTo(now),
      renewals: [...this.#renewals],
      transitions: [...this.#transitions],
      disconnected: [...this.#disconnected],
      lastChange: this.#last && this.#isCurrentAt(now) ? this.#last.at : null,
    }
  }

  get #openBreak(): DisconnectedSpan | null {
    const last = this.#disconnected.at(-1)
    return last?.to === null ? last : null
  }

  #isCurrentAt({ monotonicMs }: Moment): boolean {
    return this.#openBreak === null && monotonicMs >= this.#trustedFromMs
  }

  #addRenewal({ record, at, isExact }: Reading, previous: Reading): void {
    const { holderIdentity } = record
    const isKnown = isExact && previous.isExact && previous.record.holderIdentity === holderIdentity
    const intervalMs = isKnown ? at.monotonicMs - previous.at.monotonicMs : null
    this.#renewals.push({ at, holderIdentity, intervalMs, leaseDurationMs: leaseDurationMs(record) })
    if (this.#renewals.length <= this.#mostRenewals) return
    this.#renewals.shift()
    this.#renewalsFrom = later(this.#renewalsFrom, this.#renewals[0]!.at)
  }

  #addTransition({ record, at, isExact }: Reading): void {
    const lastLed = this.#spans.findLastIndex(({ kind }) => kind === 'led')
    const between = this.#spans.slice(lastLed + 1)
    const ended = this.#spans[lastLed]
    const wasEndSeen = ended !== undefined && isExact && (between[0]?.isStartSeen ?? true)
    const change: LeadershipChange = {
      at,
      from: ended?.holderIdentity ?? '',
      to: record.holderIdentity,
      how: ended && isExact ? howItEnded(between) : 'unseen',
      leaderlessMs: wasEndSeen ? at.monotonicMs - (ended.to ?? at).monotonicMs : null,
      unseenTransitions: this.#unseenTransitions,
    }
    this.#push(this.#transitions, change, this.#mostSpans)
    this.#unseenTransitions = 0
  }

  /** Ends the open span at the expiry of its lease, if the lease was observed to expire before `at`. */
  #endLease(at: Moment): void {
    const spans = this.#spansUpTo(at)
    if (spans.length === this.#spans.length) return
    this.#spans.splice(-1, 1, spans.at(-2)!)
    this.#push(this.#spans, spans.at(-1)!, this.#mostSpans)
  }

  /** All spans. If the last lease has expired by `now`, its span is split at the expiry. */
  #spansUpTo(now: Moment): LeadershipSpan[] {
    const open = this.#spans.at(-1)
    const last = this.#last
    if (open?.kind !== 'led' || open.to !== null || open.leaseDurationMs === null || !last || !this.#isCurrentAt(now))
      return [...this.#spans]
    const overdueMs = now.monotonicMs - last.at.monotonicMs - open.leaseDurationMs
    if (overdueMs <= 0) return [...this.#spans]
    const expiredAt = { monotonicMs: now.monotonicMs - overdueMs, wallMs: now.wallMs - overdueMs }
    const expired: LeadershipSpan = { ...open, kind: 'expired', from: expiredAt, isStartSeen: last.isExact }
    return [...this.#spans.slice(0, -1), { ...open, to: expiredAt }, expired]
  }

  #goOn(kind: LeadershipSpan['kind'], { record, at, isExact }: Reading, isNewTerm: boolean): void {
    const last = this.#spans.at(-1)
    const open = last?.to === null ? last : undefined
    const { holderIdentity } = record
    const durationMs = leaseDurationMs(record)
    if (open?.kind === kind && open.holderIdentity === holderIdentity && !isNewTerm) {
      if (open.leaseDurationMs !== durationMs) this.#spans.splice(-1, 1, { ...open, leaseDurationMs: durationMs })
      return
    }
    if (open) this.#spans.splice(-1, 1, { ...open, to: at })
    const span = { kind, holderIdentity, leaseDurationMs: durationMs, from: at, to: null, isStartSeen: isExact }
    this.#push(this.#spans, span, this.#mostSpans)
  }

  #push<T extends { readonly at: Moment } | { readonly from: Moment }>(list: T[], item: T, most: number): void {
    list.push(item)
    if (list.length <= most) return
    list.shift()
    const oldest = list[0]!
    // Everything before this moment is incomplete.
    if (this.#completeFrom) this.#completeFrom = later(this.#completeFrom, 'at' in oldest ? oldest.at : oldest.from)
  }
}

function later(a: Moment | null, b: Moment): Moment {
  return a && a.monotonicMs > b.monotonicMs ? a : b
}

function spanKind({ holderIdentity }: ElectionRecord): LeadershipSpan['kind'] {
  if (holderIdentity === '') return 'free'
  return isBlocking(holderIdentity) ? 'blocked' : 'led'
}

/** How a term ended, by the spans that followed it. */
export function howItEnded(between: readonly LeadershipSpan[]): LeadershipChange['how'] {
  if (between.some(({ kind }) => kind === 'blocked')) return 'failover'
  const first = between[0]
  if (first && !first.isStartSeen && first.kind !== 'expired') return 'unseen'
  switch (first?.kind) {
    case 'free':
      return 'released'
    case 'expired':
      return 'expired'
    case 'absent':
      return 'deleted'
    default:
      return 'taken'
  }
}
