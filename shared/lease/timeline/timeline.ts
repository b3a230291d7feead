import { isPlaceholder } from '../placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../record.ts'
import type { Moment } from '../status.ts'
import { firstTold, tell, type Told } from '../transition.ts'
import type { DisconnectedSpan, LeadershipChange, LeadershipSpan, Renewal, TimelineSnapshot } from './snapshot.ts'

/** How much is kept; the oldest is dropped first. */
export interface TimelineCapacity {
  /** Default 3,000: client-go's default election renews every 2 s, so 100 minutes of it. */
  readonly renewals?: number
  /** Of leadership spans, hand-overs and disconnected spans each. Default 500. */
  readonly spans?: number
}

/** After a break, what was missed may take so long to arrive: the times of it say nothing of the holder. */
const SETTLING_MS = 1_000

/** The last reading, and what of its time is known. */
interface Reading {
  readonly record: ElectionRecord
  readonly at: Moment
  /** Whether it was seen as it happened, so that a time counted from it is the holder's. */
  readonly isExact: boolean
}

/**
 * What this process has seen of one election, over time: who led when, every renewal with the time since the one
 * before, hand-overs with the time in which nobody led, and the spans in which nothing is known.
 *
 * All times are this process's own (see `Observation`). What falls into a disconnected span is unknown, and so are
 * intervals that reach into one: nothing is made up for it. It holds a bounded amount, and reads no clock: every
 * method is told the time, which must not go back.
 */
export class Timeline {
  readonly #mostRenewals: number
  readonly #mostSpans: number
  readonly #spans: LeadershipSpan[] = []
  readonly #renewals: Renewal[] = []
  readonly #transitions: LeadershipChange[] = []
  readonly #disconnected: DisconnectedSpan[] = []
  #completeFrom: Moment | null = null
  #told: Told | null = null
  #last: Reading | null = null
  #trustedFromMs = Number.NEGATIVE_INFINITY
  #unseenTransitions = 0

  constructor({ renewals = 3_000, spans = 500 }: TimelineCapacity = {}) {
    this.#mostRenewals = renewals
    this.#mostSpans = spans
  }

  /** Takes one reading of the election's record. One that says the same as the last changes nothing. */
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

  /** The object that holds the election was deleted. */
  deleted(at: Moment): void {
    if (!this.#last) return
    this.#endLease(at)
    const record = { ...this.#last.record, holderIdentity: '', leaseDurationSeconds: null, renewTime: null }
    this.#last = { record, at, isExact: this.#isCurrentAt(at) }
    this.#goOn('absent', this.#last, false)
  }

  /**
   * From `since` on nothing is known, until {@link connected}.
   * @param reason Why, for a person.
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

  /** What is read from now on is current; what was missed has been read, or is just arriving. */
  connected(at: Moment): void {
    const open = this.#openBreak
    if (!open) return
    this.#disconnected.splice(-1, 1, { ...open, to: at })
    this.#trustedFromMs = at.monotonicMs + SETTLING_MS
  }

  /** All that is known at `now`. It shares nothing that changes later. */
  snapshot(now: Moment): TimelineSnapshot {
    return {
      now,
      completeFrom: this.#completeFrom,
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
    this.#push(
      this.#renewals,
      { at, holderIdentity, intervalMs, leaseDurationMs: leaseDurationMs(record) },
      this.#mostRenewals,
    )
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

  /** Ends the open span where its lease has run out before `at`, as far as that was seen. */
  #endLease(at: Moment): void {
    const spans = this.#spansUpTo(at)
    if (spans.length === this.#spans.length) return
    this.#spans.splice(-1, 1, spans.at(-2)!)
    this.#push(this.#spans, spans.at(-1)!, this.#mostSpans)
  }

  /** Spans, with the last one split where its lease has run out by `now`. */
  #spansUpTo(now: Moment): LeadershipSpan[] {
    const open = this.#spans.at(-1)
    const last = this.#last
    if (open?.kind !== 'led' || open.leaseDurationMs === null || !last || !this.#isCurrentAt(now))
      return [...this.#spans]
    const overdueMs = now.monotonicMs - last.at.monotonicMs - open.leaseDurationMs
    if (overdueMs <= 0) return [...this.#spans]
    const expiredAt = { monotonicMs: now.monotonicMs - overdueMs, wallMs: now.wallMs - overdueMs }
    const expired: LeadershipSpan = { ...open, kind: 'expired', from: expiredAt, isStartSeen: last.isExact }
    return [...this.#spans.slice(0, -1), { ...open, to: expiredAt }, expired]
  }

  #goOn(kind: LeadershipSpan['kind'], { record, at, isExact }: Reading, isNewTerm: boolean): void {
    const open = this.#spans.at(-1)
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
    // From here on back, something is missing.
    const from = 'at' in oldest ? oldest.at : oldest.from
    if (this.#completeFrom && from.monotonicMs > this.#completeFrom.monotonicMs) this.#completeFrom = from
  }
}

function spanKind({ holderIdentity }: ElectionRecord): LeadershipSpan['kind'] {
  if (holderIdentity === '') return 'free'
  return isPlaceholder(holderIdentity) ? 'blocked' : 'led'
}

/** What ended a leadership, from the spans that followed it. */
function howItEnded(between: readonly LeadershipSpan[]): LeadershipChange['how'] {
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
