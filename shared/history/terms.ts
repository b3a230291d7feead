import { JITTER_FACTOR } from '../election/timings.ts'
import { isBlocking } from '../lease/placeholder.ts'
import { leaseDurationMs, type ElectionRecord } from '../lease/record.ts'
import { medianOf } from './clocks.ts'
import { isAcquisition, type Owners } from './owners.ts'
import type { Conflict, Sequence, Step } from './step.ts'
import type { Interruption, Term, TermEnd, TermEnding, TermStart } from './term.ts'
import { UnseenWrites, type Unseen } from './unseen.ts'

/** The share of the lease duration that client-go's retry period is below: for a leader whose interval was not seen. */
const LONGEST_RETRY = 1 / JITTER_FACTOR

/** A term that is being put together. */
interface Draft {
  readonly holderIdentity: string
  writer: Term['writer']
  start: TermStart
  end: TermEnd | null
  leaseDurationMs: number | null
  acquireTime: string | null
  writes: number
  /** Its own last success, and the version that this made. */
  last: Step
  /** Up to when there may have been later ones, because the log does not link the write that ended it; null if there were none. */
  mayHaveRenewedUntilMs: number | null
  readonly intervals: number[]
  readonly interruptions: Interruption[]
}

/** What the terms of an election were, as far as its steps show. */
export class TermReader {
  readonly #owners: Owners
  readonly #drafts: Draft[] = []
  #open: Draft | null = null
  #record: ElectionRecord | null = null
  #holder: string | null = null
  #given: Step | null = null
  #unseenSince: Step | null = null
  #before: Step | null = null
  readonly #unseenWrites = new UnseenWrites()
  /** When an unseen leader may have led, from which another client then took the lease: it may take it back at once. */
  #unseenLeader: Unseen | null = null

  constructor(owners: Owners) {
    this.#owners = owners
  }

  /**
   * @param untilMs up to when the logs reach, by the reference clock: a lease that was not renewed for its whole duration by
   *   then has expired.
   */
  read({ steps, conflicts, uncertain }: Sequence, untilMs: number): Term[] {
    for (const step of steps) this.#take(step)
    const open = this.#open
    const expiry = open && (open.leaseDurationMs ?? Number.POSITIVE_INFINITY) + open.last.at.toMs
    if (open && expiry! < untilMs) this.#end('expired', null)
    const typicalMs = medianOf(this.#drafts.flatMap(({ intervals }) => intervals))
    const unseen = [...this.#unseenWrites.found, { fromMs: untilMs, toMs: Number.POSITIVE_INFINITY }]
    return this.#drafts.map((draft, index) => finish(draft, { later: this.#drafts.slice(index + 1), conflicts, uncertain, unseen, owners: this.#owners, typicalMs }))
  }

  #take(step: Step): void {
    if (step.link === 'broken' || step.link === 'unwatched') this.#unseenSince ??= this.#before
    const { result } = step
    const unseen = step.isInferred ? null : this.#unseenWrites.take(step, this.#before)
    if (unseen) this.#unseenLeader = unseen.isLeaderLost ? unseen : null
    switch (result.known) {
      case 'gone':
        if (this.#open) this.#end('deleted', step)
        this.#holder = ''
        this.#record = null
        this.#given = null
        break
      case 'record':
        this.#hold(result.record.holderIdentity, result.record, step)
        this.#record = result.record
        break
      case 'holder':
        this.#hold(result.holderIdentity, null, step)
        this.#record = null
        break
      case 'unknown':
        this.#record = null
        this.#holder = null
        break
      case 'unchanged':
        break
    }
    if (result.known !== 'unknown' && result.known !== 'unchanged') this.#unseenSince = null
    if (!step.isInferred) this.#before = step
  }

  #hold(holder: string, record: ElectionRecord | null, step: Step): void {
    if (holder === '') {
      if (this.#open) this.#end(this.#isRelease(record, step) ? 'released' : 'emptied', step)
      this.#given = null
    } else if (isBlocking(holder)) {
      if (this.#open) this.#end('failover', step)
      this.#given = null
    } else {
      this.#lead(holder, record, step)
    }
    this.#holder = holder
  }

  #lead(holder: string, record: ElectionRecord | null, step: Step): void {
    const open = this.#open
    const isOwn = record !== null && (step.write === null || this.#owners.isOwner(step.write, holder))
    if (open?.holderIdentity === holder) {
      if (!isOwn || isSameRenewal(this.#record, record)) return
      if (isOtherProcess(open, step)) {
        this.#end('restarted', step)
        this.#begin(holder, record, step, 'acquired')
      } else {
        this.#renew(open, record, step)
      }
      return
    }
    if (!isOwn) {
      if (open) this.#end('given', step)
      this.#given = step
      return
    }
    const isAdopted = this.#given !== null && this.#holder === holder
    // Only the write that acquires has the same two times. Where the log does not link its writes, any other was not seen.
    if (!isAdopted && step.write !== null && step.link === 'unchecked' && record.acquireTime !== null && !isAcquisition(record)) this.#unseenSince ??= this.#before
    const last = this.#drafts.at(-1)
    if (!open && last?.holderIdentity === holder && last.end && (this.#unseenSince ? last.end.how !== 'released' : mayBeUnbroken(last, step)) && !isOtherProcess(last, step)) {
      last.interruptions.push({ how: last.end.how, fromMs: last.end.atMs?.fromMs ?? last.last.at.fromMs, toMs: step.at.toMs })
      last.end = null
      last.mayHaveRenewedUntilMs = null
      last.acquireTime = record.acquireTime
      this.#open = last
      this.#renew(last, record, step, 'resumed')
      return
    }
    if (open) this.#end(this.#unseenSince ? 'unseen' : 'taken', step)
    this.#begin(holder, record, step, isAdopted ? 'adopted' : 'acquired')
  }

  #begin(holderIdentity: string, record: ElectionRecord, step: Step, how: 'acquired' | 'adopted'): void {
    const draft: Draft = {
      holderIdentity,
      writer: step.write?.writer ?? null,
      start: this.#startOf(record, step, how),
      end: null,
      leaseDurationMs: leaseDurationMs(record),
      acquireTime: record.acquireTime,
      writes: 1,
      last: step,
      mayHaveRenewedUntilMs: null,
      intervals: [],
      interruptions: [],
    }
    this.#drafts.push(draft)
    this.#open = draft
    this.#given = null
    this.#unseenLeader = null
  }

  #startOf(record: ElectionRecord, step: Step, how: 'acquired' | 'adopted'): TermStart {
    const lost = this.#unseenLeader && step.at.fromMs <= this.#unseenLeader.toMs + (leaseDurationMs(record) ?? 0) * (1 + LONGEST_RETRY) ? this.#unseenLeader : null
    const isKnown = this.#unseenSince === null && (this.#before !== null || step.write?.verb === 'create')
    // Both times of a record are the same only in the write that acquires.
    if (isKnown || (step.write !== null && isAcquisition(record))) return lost ? { fromMs: lost.fromMs, toMs: step.at.toMs, how: 'unseen' } : { ...step.at, how }
    if (this.#before === null) return { fromMs: Number.NEGATIVE_INFINITY, toMs: step.at.toMs, how: 'earlier' }
    return { fromMs: (this.#unseenSince ?? this.#before).at.fromMs, toMs: step.at.toMs, how: 'unseen' }
  }

  #renew(draft: Draft, record: ElectionRecord, step: Step, resumed?: 'resumed'): void {
    const wasSeen = this.#unseenSince === null && resumed === undefined
    const intervalMs = step.at.toMs - draft.last.at.toMs
    if (wasSeen && draft.writes > 1) draft.intervals.push(intervalMs)
    const durationMs = draft.leaseDurationMs
    if (wasSeen && durationMs !== null && step.at.fromMs - draft.last.at.toMs > durationMs) {
      draft.interruptions.push({ how: 'expired', fromMs: draft.last.at.fromMs + durationMs, toMs: step.at.toMs })
    }
    // A holder keeps the time at which it acquired the lease for as long as it holds it.
    if (step.link !== 'linked' && resumed === undefined && record.acquireTime !== draft.acquireTime) {
      draft.interruptions.push({ how: 'unseen', fromMs: draft.last.at.fromMs, toMs: step.at.toMs })
      draft.acquireTime = record.acquireTime
    }
    draft.last = step
    draft.writes++
    draft.leaseDurationMs = leaseDurationMs(record)
    draft.writer ??= step.write?.writer ?? null
  }

  /** Whether the holder emptied the lease itself. client-go's release writes the renew time; a patch by hand leaves it. */
  #isRelease(record: ElectionRecord | null, { write }: Step): boolean {
    const open = this.#open!
    const isRenewed = record !== null && record.renewTime !== (this.#record?.renewTime ?? null)
    if (write === null) return isRenewed
    return this.#owners.isOwner(write, open.holderIdentity) && (isRenewed || write.writer.podUid !== null)
  }

  /** @param step what ended it; null if it only expired. */
  #end(ending: TermEnding, step: Step | null): void {
    const draft = this.#open!
    this.#open = null
    const isUnseen = this.#unseenSince !== null && step !== null
    // Whether this step followed its last seen renewal, or there may have been later ones.
    const isLastKnown = step === null || step.link === 'linked' || (step.result.known === 'record' && isSameRenewal(this.#record, step.result.record))
    // Only an audit log has the release itself. A recording shows after a gap that the lease is free by then.
    const isReleased = ending === 'released' && step!.write !== null
    draft.end = endOf(draft, isUnseen && !isReleased ? 'unseen' : ending, step, isLastKnown)
    if (!isLastKnown) draft.mayHaveRenewedUntilMs = step.at.fromMs
  }
}

/** @param isLastKnown whether its last seen renewal was certainly its last one */
function endOf({ last, leaseDurationMs: durationMs }: Draft, ending: TermEnding, step: Step | null, isLastKnown: boolean): TermEnd {
  const atMs = step && { fromMs: step.at.fromMs, toMs: step.at.toMs }
  if (ending === 'released') return { how: 'released', fromMs: step!.at.fromMs, toMs: step!.at.toMs, atMs, bound: 'release' }
  const fromMs = last.at.fromMs
  if (ending === 'unseen') return { how: 'unseen', fromMs, toMs: null, atMs, bound: null }
  if (ending === 'restarted') return { how: 'restarted', fromMs, toMs: step!.at.toMs, atMs, bound: 'seen-as-candidate' }
  // Where the clocks leave it open whether the lease had expired, nothing bounds how long the holder acted.
  const isGood = step !== null && durationMs !== null && step.at.toMs - last.at.fromMs < durationMs
  if (isGood) return { how: ending, fromMs, toMs: fromMs, atMs, bound: 'lease-duration' }
  return { how: isLastKnown || ending === 'taken' ? 'expired' : ending, fromMs, toMs: null, atMs, bound: null }
}

/** What is known only once the whole log was read. */
interface Whole {
  readonly later: readonly Draft[]
  readonly conflicts: readonly Conflict[]
  readonly uncertain: readonly Conflict[]
  readonly unseen: readonly Pick<Unseen, 'fromMs' | 'toMs'>[]
  readonly owners: Owners
  readonly typicalMs: number | null
}

/** Completes a term with what only the whole log shows. */
function finish(draft: Draft, whole: Whole): Term {
  const { holderIdentity, writer, start, end, interruptions, leaseDurationMs: durationMs, writes, last } = draft
  const { conflicts, owners, typicalMs } = whole
  const intervalMs = medianOf(draft.intervals)
  const beliefs = end === null || end.how === 'released' ? [] : conflicts.filter((conflict) => isBelief(draft, conflict, owners))
  return {
    holderIdentity,
    basis: last.write === null ? 'seen' : 'written',
    writer,
    start,
    end: end && boundEnd(draft, end, whole, beliefs, intervalMs ?? typicalMs),
    interruptions,
    leaseDurationMs: durationMs,
    intervalMs,
    writes,
    lastSuccess: last.at,
    conflicts: beliefs.map(({ at }) => at),
  }
}

function boundEnd(draft: Draft, end: TermEnd, { later, uncertain, unseen, owners }: Whole, beliefs: readonly Conflict[], intervalMs: number | null): TermEnd {
  if (end.how === 'released' || end.how === 'restarted') return end
  const fromMs = Math.max(end.fromMs, ...beliefs.map(({ at }) => at.fromMs))
  const durationMs = draft.leaseDurationMs
  let { toMs, bound } = end
  if (bound === 'lease-duration') {
    const lastMs = lastPossibleMs(draft, beliefs, uncertain, owners)
    toMs = lastMs + durationMs! + (intervalMs ?? durationMs! * LONGEST_RETRY)
    // Within that time it can take the lease back, and lead on: here without being seen.
    if (unseen.some((missing) => missing.toMs > end.atMs!.fromMs && missing.fromMs < toMs!)) {
      toMs = null
      bound = null
    }
  }
  const back = later.find(({ holderIdentity }) => holderIdentity === draft.holderIdentity)
  if (back?.start.toMs !== undefined && back.start.toMs !== null && (toMs === null || back.start.toMs < toMs)) {
    toMs = back.start.toMs
    bound = 'seen-as-candidate'
  }
  return { ...end, fromMs: toMs === null ? fromMs : Math.min(fromMs, toMs), toMs, bound }
}

/** When its last success may have been at the latest: a renewal whose answer is not in the log may have succeeded. */
function lastPossibleMs({ holderIdentity, last, end, mayHaveRenewedUntilMs }: Draft, beliefs: readonly Conflict[], uncertain: readonly Conflict[], owners: Owners): number {
  const candidates = uncertain.filter(
    ({ at, write }) => write.completedMs === null && owners.isOwner(write, holderIdentity) && at.fromMs > last.at.fromMs && at.fromMs <= (end?.atMs?.toMs ?? Number.POSITIVE_INFINITY),
  )
  // A rejected renewal that built on its last seen write proves that there was no later one.
  const isProven = last.made !== null && beliefs.some(({ write }) => write.replaced === last.made)
  return Math.max(last.at.fromMs, isProven ? 0 : (mayHaveRenewedUntilMs ?? 0), ...candidates.map(({ at }) => at.fromMs))
}

/** Whether a rejected request was a renewal by this holder: it built on its own last write, or kept the time of its acquisition. */
function isBelief({ holderIdentity, last, acquireTime }: Draft, { at, write }: Conflict, owners: Owners): boolean {
  if (write.result.known !== 'record' || write.result.record.holderIdentity !== holderIdentity) return false
  if (!owners.isOwner(write, holderIdentity) || at.toMs < last.at.fromMs) return false
  return (write.replaced !== null && write.replaced === last.made) || (acquireTime !== null && write.result.record.acquireTime === acquireTime)
}

function mayBeUnbroken({ end, last, leaseDurationMs: durationMs, intervals, mayHaveRenewedUntilMs }: Draft, step: Step): boolean {
  if (end === null || end.how === 'released' || end.how === 'restarted') return false
  if (durationMs === null) return false
  const intervalMs = medianOf(intervals) ?? durationMs * LONGEST_RETRY
  return step.at.fromMs <= Math.max(last.at.toMs, mayHaveRenewedUntilMs ?? 0) + durationMs + intervalMs
}

function isSameRenewal(before: ElectionRecord | null, after: ElectionRecord | null): boolean {
  return before !== null && after !== null && before.renewTime === after.renewTime
}

/** A Pod of the same name with another UID is another process, and started after the first one had ended. */
function isOtherProcess({ writer }: Draft, { write }: Step): boolean {
  return Boolean(writer?.podUid && write?.writer.podUid && writer.podUid !== write.writer.podUid)
}
