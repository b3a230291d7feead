import type { ElectionRef } from '../lease/election-ref.ts'
import { isBlocking } from '../lease/placeholder.ts'
import { activityOf, type Activity } from './activity.ts'
import type { AuditLevel, AuditWrite } from './audit/audit-write.ts'
import { compareClocks, type ClockReading, type SourceClock } from './clocks.ts'
import { handWrites } from './hand-writes.ts'
import { orderSteps } from './order.ts'
import { Owners } from './owners.ts'
import type { Sequence, Sighting, Step } from './step.ts'
import type { HandWrite, Term, TermEnding } from './term.ts'
import { applyPodEnds, type PodTimes } from './pod-ends.ts'
import { TermReader } from './terms.ts'
import { applyTold, interventionsOf, termsTold, type Intervention, type ToldEvent } from './told.ts'
import type { TimeRange } from './time-range.ts'

/** A file, or another place, that a history was read from. */
export interface Source {
  readonly name: string
  readonly kind: 'audit' | 'recording' | 'events'
  /** The levels of the writes in an audit log. */
  readonly levels: readonly AuditLevel[]
  /** What it covers, by its own clock; null if it is empty. */
  readonly covers: TimeRange | null
  /** Lines that could not be read. */
  readonly unreadable: number
}

/** Everything that was read, before it is put together. */
export interface Evidence {
  readonly sources: readonly Source[]
  /** The writes of this election. Those without a name (`deletecollection`) count for each election of their namespace. */
  readonly writes: Iterable<AuditWrite>
  readonly sightings: readonly Sighting[]
  /** Times in which a recording watched nothing. */
  readonly unwatched: readonly TimeRange[]
  /** What Events tell of it. */
  readonly told: readonly ToldEvent[]
  /** What the status of Pods shows of when processes ended. */
  readonly pods: readonly PodTimes[]
  /** Of all elections, to compare the clocks of the sources. */
  readonly clockReadings: readonly ClockReading[]
}

/** A time in which no candidate led, between two terms, or before the first write of the next one. */
export interface Leaderless extends TimeRange {
  readonly how: TermEnding
  /** At least so long, and at most: both ends are ranges. `maxMs` null: it goes on. */
  readonly minMs: number
  readonly maxMs: number | null
}

/** Two candidates that led at once, certainly or perhaps. */
export interface Overlap extends TimeRange {
  readonly old: string
  readonly next: string
  /** More than 0 only if the old leader is known to have gone on. */
  readonly minMs: number
  /** Null: without an upper bound. */
  readonly maxMs: number | null
}

/** A time in which a failover's placeholder kept the lease. */
export interface BlockedTime extends TimeRange {
  readonly holderIdentity: string
}

/** What is missing in the logs. */
export interface Missing extends TimeRange {
  /** `unseen`: writes are missing, by the resourceVersions; `unwatched`: a recording was interrupted. */
  readonly why: 'unseen' | 'unwatched'
}

/** Who led when, and what is known of how each term ended. All times are by the clock of one source: see `clocks`. */
export interface History extends ElectionRef {
  readonly sources: readonly Source[]
  /** How the clock of each source compares with the reference. */
  readonly clocks: readonly SourceClock[]
  readonly covers: TimeRange | null
  readonly terms: readonly Term[]
  readonly leaderless: readonly Leaderless[]
  readonly overlaps: readonly Overlap[]
  readonly blocked: readonly BlockedTime[]
  readonly handWrites: readonly HandWrite[]
  /** What Events tell of failovers and blocks by this program. */
  readonly interventions: readonly Intervention[]
  /** Writes whose contents no log holds. */
  readonly activity: readonly Activity[]
  readonly missing: readonly Missing[]
  /** Writes of which no log shows whether they directly followed the one before. */
  readonly uncheckedLinks: number
  /** Requests by candidates that may have been written. */
  readonly uncertainWrites: number
  readonly writes: number
}

/** A candidate acts when the answer to its write arrives, and its own times are taken then. */
const ANSWER_MS = 100

/** The writes and sightings of one election, in order. */
export function stepsOf({ clockReadings, sources, writes, sightings }: Pick<Evidence, 'clockReadings' | 'sources' | 'writes' | 'sightings'>): readonly Step[] {
  return orderSteps(writes, sightings, compareClocks(clockReadings, sources.length)).steps
}

/** Puts together the history of one election. Pure: it reads no clock and no files. */
export function historyOf(ref: ElectionRef, evidence: Evidence): History {
  const { sources, unwatched } = evidence
  const clocks = compareClocks(evidence.clockReadings, sources.length)
  const sequence = orderSteps(evidence.writes, evidence.sightings, clocks)
  const covers = coverage(sources, clocks)
  const owners = new Owners(sequence.steps)
  const read = new TermReader(owners).read(sequence, covers?.toMs ?? Number.NEGATIVE_INFINITY)
  const known = sequence.steps.length === 0 ? termsTold(evidence.told) : applyTold(read, evidence.told)
  const terms = applyPodEnds(known, evidence.pods, ref)
  const written = handWrites(sequence, owners)
  return {
    ...ref,
    sources,
    clocks,
    covers,
    terms,
    leaderless: leaderlessBetween(terms, covers?.toMs ?? Number.NEGATIVE_INFINITY),
    overlaps: overlapsOf(terms),
    blocked: blockedTimes(sequence),
    handWrites: written,
    interventions: interventionsOf(evidence.told),
    activity: activityOf(sequence.steps),
    missing: [...missingIn(sequence), ...unwatched.map((range): Missing => ({ ...range, why: 'unwatched' }))].sort((a, b) => a.fromMs - b.fromMs),
    uncheckedLinks: sequence.steps.filter(({ link }) => link === 'unchecked').length,
    uncertainWrites: sequence.uncertain.length - written.filter(({ isUncertain }) => isUncertain).length,
    writes: sequence.steps.length,
  }
}

function coverage(sources: readonly Source[], clocks: readonly SourceClock[]): (TimeRange & { readonly toMs: number }) | null {
  const covered = sources.flatMap(({ covers, kind }, index) => {
    if (!covers || kind === 'events') return []
    const offMs = clocks[index]?.offsetMs ?? 0
    return [{ fromMs: covers.fromMs - offMs, toMs: (covers.toMs ?? covers.fromMs) - offMs }]
  })
  if (covered.length === 0) return null
  return { fromMs: Math.min(...covered.map(({ fromMs }) => fromMs)), toMs: Math.max(...covered.map(({ toMs }) => toMs)) }
}

function leaderlessBetween(terms: readonly Term[], untilMs: number): Leaderless[] {
  return terms.flatMap((term, index): Leaderless[] => {
    const { end } = term
    if (!end || isUntold(term)) return []
    const next = terms[index + 1]
    if (!next) return [{ how: end.how, fromMs: end.fromMs, toMs: null, minMs: end.toMs === null ? 0 : Math.max(untilMs - end.toMs, 0), maxMs: null }]
    const { fromMs: startFromMs, toMs: startToMs } = next.start
    const maxMs = startToMs! + ANSWER_MS - end.fromMs
    const minMs = end.toMs === null ? 0 : Math.max(startFromMs - end.toMs - ANSWER_MS, 0)
    return startToMs! <= end.fromMs ? [] : [{ how: end.how, fromMs: end.fromMs, toMs: startToMs, minMs, maxMs }]
  })
}

/** Whether only an Event tells of this term, and none of its end: that says nothing about how it met the next term. */
function isUntold({ basis, end }: Term): boolean {
  return basis === 'told' && end?.bound === null
}

function overlapsOf(terms: readonly Term[]): Overlap[] {
  return terms.flatMap((term, index): Overlap[] => {
    const next = terms[index + 1]
    const { end } = term
    // A release is the leader's own word that it stops.
    if (!next || !end || end.how === 'released' || end.how === 'restarted' || isUntold(term)) return []
    const fromMs = Math.max(next.start.fromMs, term.start.fromMs)
    if (end.toMs !== null && end.toMs <= fromMs) return []
    const minMs = Math.max(end.fromMs - next.start.toMs!, 0)
    return [{ old: term.holderIdentity, next: next.holderIdentity, fromMs, toMs: end.toMs, minMs, maxMs: end.toMs === null ? null : end.toMs - fromMs }]
  })
}

function blockedTimes({ steps }: Sequence): BlockedTime[] {
  const found: BlockedTime[] = []
  let open: string | null = null
  for (const { result, at } of steps) {
    const holder: string | null = result.known === 'record' ? result.record.holderIdentity : result.known === 'holder' ? result.holderIdentity : result.known === 'gone' ? '' : open
    if (open !== null && holder !== open) {
      const last = found.at(-1)!
      found.splice(-1, 1, { ...last, toMs: at.toMs })
    }
    if (holder !== null && isBlocking(holder) && holder !== open) found.push({ holderIdentity: holder, fromMs: at.fromMs, toMs: null })
    open = holder !== null && isBlocking(holder) ? holder : null
  }
  return found
}

function missingIn({ steps }: Sequence): Missing[] {
  return steps.flatMap(({ link, at }, index): Missing[] => (link === 'broken' ? [{ why: 'unseen', fromMs: steps[index - 1]!.at.fromMs, toMs: at.toMs }] : []))
}
