import { leaderOf } from '../../lease/placeholder.ts'
import type { Moment } from '../../lease/status.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import type { ElectorConfig } from '../config.ts'
import { harmfulAlteration, isVisible } from './alteration.ts'
import { heldRecord, releasedRecord } from '../../lease/candidate-record.ts'
import { compareWith, Knowledge, type News, type SentWrite, type Standing, type View } from './knowledge.ts'
import type { Action, Alteration, Fact, Input, StopReason, Write } from './protocol.ts'
import { ReadSchedule } from './read-schedule.ts'
import { requestTimeoutMs, retryDelayMs } from './request-pace.ts'
import { BackOff } from './back-off.ts'
import { Stopwatch } from './stopwatch.ts'
import { newTerm, type Term } from './term.ts'

/** What the machine needs of a candidate's configuration. */
export type MachineConfig = Omit<ElectorConfig, 'lock' | 'name' | 'onOverrun' | 'endProcessAfterMs' | 'allowNonElection'>

/** What follows from one step: what has become true, in order, and what to do. */
export interface Step {
  readonly facts: readonly Fact[]
  readonly action: Action
}

/** A request under way: when it was sent, its timeout, and what was known of the record at that time. */
type Pending = { readonly sent: Stopwatch; readonly timeoutMs: number; readonly viewBefore: View | null } & (
  { readonly type: 'read' } | { readonly type: 'write'; readonly write: Write }
)

const ANSWERS: ReadonlySet<Input['type']> = new Set(['read', 'read-failed', 'written', 'write-failed'])

/** Why a leader lost its term, for each state in which it may find the record. */
const LOSSES = {
  absent: 'deleted',
  free: 'emptied',
  placeholder: 'blocked',
  stranger: 'stranger',
  other: 'taken',
} as const satisfies Record<Exclude<Standing, 'ours'>, StopReason>

/**
 * The decisions of one candidate of an election, without any I/O. Each {@link step} takes the time and what has
 * happened, and returns what has become true and what to do next. Equal inputs give equal results.
 *
 * Three rules keep two candidates from leading at once:
 *
 * 1. A leader leads until `renewDeadline` after it *sent* its last successful renewal ({@link Stopwatch}), and no
 *    longer. It stops as soon as it learns that the record is no longer the one that it wrote.
 * 2. A standby overwrites only a record that it has itself observed unchanged for a whole lease duration, or observed
 *    released, and only if the record is still the observed one (compare-and-swap). The previous leader sent that
 *    record before the standby saw it, so its deadline has passed: `renewDeadline < leaseDuration`. The ratio of the
 *    two is the tolerance for clocks that run at different rates.
 * 3. A leader releases its lease only after the work that the lease guards has ended.
 *
 * Everything else serves liveness. If it is wrong about other candidates, there are still no two leaders.
 */
export class ElectionMachine {
  readonly #config: MachineConfig
  readonly #knowledge: Knowledge
  readonly #reads: ReadSchedule
  readonly #backOff: BackOff
  readonly #random: () => number
  #pending: Pending | null = null
  #term: Term | null = null
  /** Whether the record was written, or may have been, since the newest known state. */
  #isOutdated = false
  /** Number of consecutive failed writes. */
  #failures = 0
  /** No write is sent before this moment; monotonic milliseconds. */
  #retryAtMs = Number.NEGATIVE_INFINITY
  /** When the candidate was told to leave the election; null before that. */
  #leavingSinceMs: number | null = null
  #isFinished = false
  /** A record from the watch that may be the result of the write under way. The write's answer decides: see {@link #overheard}. */
  #heldBack: LockedRecord | null = null
  #reportedLeader = ''
  /** Whether that was reported. */
  #isIdentityInUse = false
  /** Always, if the candidate has no health check. */
  #isHealthy: boolean
  /** Whether the last acquiring write was sent while this candidate was unhealthy. */
  #acquiresByGrace = false
  #facts: Fact[] = []

  /** @param random returns numbers from 0 to below 1; used only for jitter */
  constructor(config: MachineConfig, random: () => number) {
    this.#config = config
    this.#random = random
    this.#knowledge = new Knowledge(config)
    this.#reads = new ReadSchedule(config, random)
    this.#backOff = new BackOff(config)
    this.#isHealthy = config.health === null
  }

  /** Whether guarded work may run, as of the last step. The caller must take the next step when the last action asks for it. */
  get isLeading(): boolean {
    return this.#term !== null && this.#term.stopReason === null
  }

  /** Time since the last renewal of the term's lease, in milliseconds; null if no guarded work runs. */
  unrenewedMs(now: Moment): number | null {
    return this.guardedRenewal?.elapsedMs(now) ?? null
  }

  /** Measures the time since the last renewal of the lease that guards running work; null if no work runs. */
  get guardedRenewal(): Stopwatch | null {
    return this.#term && !this.#term.hasWorkEnded ? this.#term.renewal : null
  }

  /** The last known holder, as client-go's `GetLeader`; empty if none is known. */
  get leader(): string {
    const record = this.#knowledge.view?.locked?.record
    return record ? leaderOf(record) : ''
  }

  /** @param input what has happened; absent if only time has passed */
  step(now: Moment, input?: Input): Step {
    this.#facts = []
    this.#passTime(now, input !== undefined && ANSWERS.has(input.type))
    if (input) this.#take(now, input)
    const action = this.#decide(now)
    if (action.type === 'read' || action.type === 'write') {
      const timeoutMs = requestTimeoutMs(this.#config, this.#term, now)
      this.#pending = { ...action, sent: new Stopwatch(now), timeoutMs, viewBefore: this.#knowledge.view }
    }
    return { facts: this.#facts, action }
  }

  // The passing of time.

  /** @param isAnswered this step has the answer to the pending request: even if it is late, it tells more than a timeout */
  #passTime(now: Moment, isAnswered: boolean): void {
    this.#term?.renewal.sample(now)
    this.#pending?.sent.sample(now)
    this.#knowledge.sample(now)
    this.#endTermInTime(now)
    if (this.#pending && !isAnswered && this.#pending.sent.elapsedMs(now) >= this.#pending.timeoutMs) {
      this.#facts.push({ type: 'request-abandoned', hasTimedOut: true })
      if (this.#pending.type === 'read') this.#readFailed(now)
      else this.#writeFailed(now, 'unknown')
    }
  }

  #endTermInTime(now: Moment): void {
    const term = this.#term
    if (!term) return
    const unrenewedMs = term.renewal.elapsedMs(now)
    if (term.isHeld && unrenewedMs >= this.#config.renewDeadlineMs) this.#lose(now, term, 'deadline')
    if (this.#maxHoldDueMs(term) <= now.monotonicMs) this.#stopLeading(term, 'max-hold')
    if (!term.hasWorkEnded && !term.hasOverrun && unrenewedMs >= this.#config.overrunAfterMs) {
      term.hasOverrun = true
      this.#facts.push({ type: 'overran' })
    }
  }

  // Inputs.

  #take(now: Moment, input: Input): void {
    switch (input.type) {
      case 'read':
        return this.#readAnswered(now, input.found)
      case 'read-failed':
        return this.#readFailed(now)
      case 'written':
        return this.#written(now, input.locked)
      case 'write-failed':
        return this.#writeFailed(now, input.outcome)
      case 'written-late':
        return this.#writtenLate(now, input.write, input.locked)
      case 'watched':
        return input.event.type === 'written'
          ? this.#watched(now, input.event.locked, input.event.locked.version)
          : this.#watched(now, null, input.event.version)
      case 'watch-ended':
        return this.#reads.watchEnded(now.monotonicMs)
      case 'work-ended':
        return this.#workEnded()
      case 'health':
        return this.#healthChecked(input.isHealthy)
      case 'hold-extended':
        if (this.#term) this.#term.holdExtendedMs += input.byMs
        return
      case 'stop':
        this.#leavingSinceMs ??= now.monotonicMs
        if (this.#term) this.#stopLeading(this.#term, 'stopped')
    }
  }

  /** An answer of the storage itself counts even if its version is older than a known one: a restored etcd goes back. */
  #readAnswered(now: Moment, found: LockedRecord | null): void {
    const wasOvertaken = this.#pending?.viewBefore !== this.#knowledge.view
    this.#pending = null
    this.#reads.read(now.monotonicMs)
    this.#retryAtMs = now.monotonicMs
    // Ignore a read that the watch has overtaken. During a term, though, a missing record is a loss in any order.
    if (wasOvertaken && (found ? this.#knowledge.compare(found.version) <= 0 : !this.#term)) return
    const known = this.#knowledge.view
    const wentBack = found !== null && this.#knowledge.compare(found.version) < 0
    const { recordChanged } = this.#learn(now, found, found?.version ?? null)
    if ((recordChanged && known && !this.#isOutdated) || wentBack) this.#facts.push({ type: 'watch-silent' })
    this.#isOutdated = false
  }

  #readFailed(now: Moment): void {
    this.#pending = null
    this.#reads.read(now.monotonicMs)
    // A failed read delays the next read of a standby, but not a write for which it already knows enough.
    if (this.#term || this.#leavingSinceMs !== null) this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
  }

  #watched(now: Moment, locked: LockedRecord | null, version: string): void {
    if (this.#knowledge.compare(version) >= 0) this.#reads.watched(now.monotonicMs)
    this.#overheard(now, locked, version)
  }

  #writtenLate(now: Moment, write: Write, locked: LockedRecord): void {
    // The fate of the write is known now, so the read that was to find it out is not needed.
    if (this.#pending?.type === 'read') {
      this.#pending = null
      this.#facts.push({ type: 'request-abandoned', hasTimedOut: false })
    }
    this.#overheard(now, locked, locked.version, this.#knowledge.unanswered(write))
  }

  /**
   * Takes in a state that arrived without a request for it, perhaps late.
   *
   * A record that names this candidate, but matches none of its writes, may still be the result of the write under way,
   * because the server may change what it applies. The version in the write's answer decides. Until that answer arrives
   * or times out, the state waits. To keep leading meanwhile is safe: the deadline counts from an earlier renewal, and
   * the record names no other candidate.
   *
   * @param ownWrite the write that made the record, if the storage confirmed it
   */
  #overheard(now: Moment, locked: LockedRecord | null, version: string, ownWrite: SentWrite | null = null): void {
    if (this.#knowledge.compare(version) <= 0) return
    const pending = this.#pendingWrite
    const namesThis = locked?.record.holderIdentity === this.#config.identity && !locked.handedOver
    if (pending && namesThis && !ownWrite && !this.#knowledge.explanation(locked, pending)) {
      this.#heldBack = locked
      return
    }
    this.#isOutdated = false
    // Who deletes a record does not release it: that it was there counts.
    if (!locked) this.#learnHeldBack(now)
    this.#learn(now, locked, version, ownWrite)
  }

  #learnHeldBack(now: Moment): void {
    const locked = this.#heldBack
    this.#heldBack = null
    if (locked && this.#knowledge.compare(locked.version) > 0) this.#learn(now, locked, locked.version)
  }

  #takeHeldBack(now: Moment): void {
    const locked = this.#heldBack
    this.#heldBack = null
    if (locked) this.#overheard(now, locked, locked.version)
  }

  /**
   * The storage confirmed a write and its version. The confirmation makes the record this candidate's, whatever the
   * record says now.
   *
   * The version can be in one of three places:
   *
   * - Newer than every known version, or equal to the newest: the answer is news, or the watch reported the write first.
   * - Older than the newest, but newer than the one known when the write was sent: the watch has already reported a later
   *   write.
   * - Not even newer than the one known when the write was sent: the storage has lost its counter (a new etcd, a flushed
   *   Redis). The write was applied nevertheless, because the storage compared it with its present content, and versions
   *   serve here only to order the news. The write counts from now on, and the watch starts again, so that none of its
   *   old events can pass for newer. But if the watch reported anything while the write was under way, that event may
   *   belong to either era: then the write's fate is open, and a read decides.
   */
  #written(now: Moment, locked: LockedRecord): void {
    const sent = this.#pending as SentWrite & Pending
    const { view } = this.#knowledge
    const wentBack = compareWith(sent.viewBefore, locked.version) <= 0
    if (wentBack) this.#facts.push({ type: 'watch-silent' })
    if (wentBack && sent.viewBefore !== view) return this.#writeFailed(now, 'unknown')
    this.#failures = 0
    this.#retryAtMs = now.monotonicMs
    this.#isOutdated = false
    if (wentBack || this.#knowledge.compare(locked.version) >= 0) this.#learn(now, locked, locked.version, sent)
    this.#pending = null
    this.#takeHeldBack(now)
    const { kind, base } = sent.write
    if (kind === 'release') return this.#endTerm(now, locked.record.holderIdentity === '')
    if (kind === 'acknowledge') return this.#endTerm(now, false)
    if (this.#knowledge.view!.standing !== 'ours') return
    if (!isVisible(base, locked.record)) {
      // The server cuts the times, and standbys see no change. Write again once the times differ.
      this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
    } else if (kind === 'acquire') {
      this.#acquired(now, sent, locked.version)
    } else if (this.#term) {
      this.#renewed(this.#term, sent)
    }
  }

  #acquired(now: Moment, { sent }: SentWrite, fencingToken: string): void {
    // The answer came too late to lead by it, for example because the machine slept. Write the record once more.
    if (sent.elapsedMs(now) >= this.#config.renewDeadlineMs) return
    // The candidate was told to leave in the meantime. It releases the lease without having led.
    if (this.#leavingSinceMs !== null) return
    const renewAfterMs = this.#config.retryPeriodMs * (1 - this.#random())
    this.#term = newTerm(now, sent, { renewAfterMs, isByGrace: this.#acquiresByGrace })
    this.#facts.push({ type: 'started-leading', fencingToken })
    // It may have become unhealthy while the write was under way.
    this.#healthChecked(this.#isHealthy)
  }

  #writeFailed(now: Moment, outcome: 'conflict' | 'refused' | 'unknown'): void {
    const sent = this.#pending as SentWrite
    this.#pending = null
    this.#failures += 1
    this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
    // An acknowledgement only shortens the wait of the failover, so a refused one is not retried.
    if (outcome === 'refused' && sent.write.kind === 'acknowledge') return this.#endTerm(now, false)
    if (outcome === 'refused') return this.#takeHeldBack(now)
    // After the first failure, find out immediately what became of the write.
    if (this.#failures === 1) this.#retryAtMs = now.monotonicMs
    // Even a write that lost may have been applied: a proxy may have sent it twice.
    if (this.#knowledge.remember(sent)) {
      this.#isOutdated = true
      this.#reads.outdated(now.monotonicMs, outcome === 'conflict' ? this.#failures : 2)
    }
    this.#takeHeldBack(now)
  }

  /** A leader by grace is not held to its health before it has been healthy once: no other candidate was there to lead. */
  #healthChecked(isHealthy: boolean): void {
    this.#isHealthy = isHealthy
    const term = this.#term
    if (!term) return
    if (isHealthy) term.isByGrace = false
    else if (!term.isByGrace) this.#stopLeading(term, 'unhealthy')
  }

  #workEnded(): void {
    const term = this.#term
    if (!term) return
    term.hasWorkEnded = true
    if (this.#stopLeading(term, 'work-ended')) this.#isFinished = true
  }

  // What is learned of the record.

  /** @param ownWrite the write that made the record, if the storage confirmed it */
  #learn(now: Moment, locked: LockedRecord | null, version: string | null, ownWrite: SentWrite | null = null): News {
    const news = this.#knowledge.learn(now, locked, version, this.#pendingWrite, ownWrite)
    if (news.recordChanged) {
      this.#failures = 0
      this.#retryAtMs = now.monotonicMs
    }
    this.#backOff.learned(now.monotonicMs, news)
    const alteration = news.explainedBy && harmfulAlteration(news.explainedBy.write, locked!.record)
    if (alteration) this.#refuseAlteration(now, news.explainedBy.write, alteration)
    if (this.#term?.isHeld) this.#learnAsHolder(now, this.#term, news)
    this.#reportLeader()
    this.#reportStranger(news)
    return news
  }

  #learnAsHolder(now: Moment, term: Term, { view, recordChanged, explainedBy }: News): void {
    if (explainedBy?.write.kind === 'release') return
    if (view.standing === 'placeholder') term.displacedBy = view.locked!.record.holderIdentity
    if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])
    // The record shows a renewal that was not answered. It counts from when it was sent.
    if (recordChanged && explainedBy && explainedBy.sent.startedAtMs > term.renewal.startedAtMs) {
      this.#renewed(term, explainedBy)
    }
  }

  /** Leaves the election. A lease that the candidate holds by such a write is released once its work has ended. */
  #refuseAlteration(now: Moment, { kind }: Write, alteration: Alteration): void {
    this.#facts.push({ type: 'write-altered', alteration })
    if (this.#term) this.#lose(now, this.#term, 'failed')
    // If the server altered a release, it would alter the next one as well.
    if (kind === 'release') this.#leavingSinceMs = Number.NEGATIVE_INFINITY
    else this.#leavingSinceMs ??= now.monotonicMs
  }

  #renewed(term: Term, { sent }: SentWrite): void {
    term.renewal = sent
    term.renewAfterMs = this.#config.retryPeriodMs
  }

  #reportLeader(): void {
    if (this.leader === this.#reportedLeader) return
    this.#reportedLeader = this.leader
    if (this.leader !== '') this.#facts.push({ type: 'new-leader', identity: this.leader, isStranger: this.#knowledge.view?.standing === 'stranger' })
  }

  /** An earlier run of this candidate, too, leaves a record that names it, but does not renew it. */
  #reportStranger({ view, previous, recordChanged }: News): void {
    if (view.standing !== 'stranger' || previous?.standing !== 'stranger' || !recordChanged || this.#isIdentityInUse) return
    this.#isIdentityInUse = true
    this.#facts.push({ type: 'identity-in-use' })
  }

  // How a term ends.

  #lose(now: Moment, term: Term, reason: StopReason): void {
    term.isHeld = false
    this.#failures = 0
    this.#stopLeading(term, reason)
    if (reason !== 'deadline') this.#backOff.begin(now.monotonicMs)
  }

  /** Returns whether this call ended the leadership. The lease is kept unless it was lost. */
  #stopLeading(term: Term, reason: StopReason): boolean {
    if (term.stopReason !== null) return false
    term.stopReason = reason
    this.#facts.push({ type: 'stopped-leading', reason })
    return true
  }

  #endTerm(now: Moment, released: boolean): void {
    const term = this.#term
    this.#term = null
    if (!term?.stopReason) return
    if (term.stopReason === 'max-hold') this.#backOff.begin(now.monotonicMs)
    if (!this.#config.rejoin) this.#isFinished = true
    this.#facts.push({ type: 'term-ended', reason: term.stopReason, released })
  }

  // What to do.

  #decide(now: Moment): Action {
    if (!this.#pending) {
      if (this.#term?.hasWorkEnded) {
        const action = this.#finishTerm(now, this.#term)
        if (action) return action
      }
      if (this.#term) return this.#lead(now, this.#term)
      if (this.#isFinished || this.#leavingSinceMs !== null) return this.#leave(now)
      return this.#standBy(now)
    }
    const timeoutAtMs = this.#pending.sent.dueMs(now, this.#pending.timeoutMs)
    if (this.#pending.type === 'write' || this.#term) return this.#waitUntil(now, timeoutAtMs)
    if (this.#leavingSinceMs !== null) {
      // An unanswered write may have acquired the lease. The read tells; only then can the lease be released.
      return this.#mayHaveToRelease(now) ? this.#waitUntil(now, timeoutAtMs) : { type: 'done' }
    }
    const claimAtMs = this.#claimAtMs()
    if (now.monotonicMs < claimAtMs) return this.#waitUntil(now, Math.min(timeoutAtMs, claimAtMs))
    // Do not wait for the read: the write's compare-and-swap fails if the record has changed.
    this.#facts.push({ type: 'request-abandoned', hasTimedOut: false })
    return this.#claim('acquire', now)
  }

  /** Leading, or keeping the lease while the work winds down. */
  #lead(now: Moment, term: Term): Action {
    if (!term.isHeld) return this.#waitUntil(now)
    const dueMs = Math.max(term.renewal.startedAtMs + term.renewAfterMs, this.#retryAtMs)
    if (this.#isOutdated) return this.#readFrom(now, this.#retryAtMs)
    if (now.monotonicMs < dueMs) return this.#waitUntil(now, dueMs)
    return this.#claim('renew', now)
  }

  /**
   * The work has ended. Release the lease if this candidate holds it, or acknowledge to the failover that blocked it,
   * as long as that can make a difference. If the failover was undone in the meantime, this candidate holds the lease
   * again: with `rejoin` it keeps leading, otherwise it releases the lease.
   */
  #finishTerm(now: Moment, term: Term): Action | null {
    const { view } = this.#knowledge
    // After the lease duration, one request each is left: to release what is known, to read it if that is out of date (a
    // failover may have handed the lease over or put it back), and to release what was read.
    const inTime = term.releaseTries < 3 || term.renewal.elapsedMs(now) < this.#config.leaseDurationMs
    const isDisplaced = term.displacedBy !== null && term.displacedBy === view?.locked?.record.holderIdentity
    const isOurs = view?.standing === 'ours'
    // The failover was undone: the lease names this candidate again, so a new term begins immediately.
    const leadsOn = isOurs && term.displacedBy !== null && this.#isHealthy && this.#config.rejoin && this.#leavingSinceMs === null
    const isToBeWritten = isDisplaced || (this.#config.releaseOnCancel && isOurs && !leadsOn)
    if (!isToBeWritten || !inTime) {
      this.#endTerm(now, term.displacedBy === null && term.releaseTries > 0 && view?.standing === 'free')
      return null
    }
    if (now.monotonicMs < this.#retryAtMs) return this.#waitUntil(now, this.#retryAtMs)
    term.releaseTries += 1
    if (this.#isOutdated) return this.#readFrom(now, this.#retryAtMs)
    return isDisplaced ? this.#acknowledge(view.locked) : this.#release(now, view.locked!)
  }

  /** Waits as a standby, and acquires the lease once it can. */
  #standBy(now: Moment): Action {
    const claimAtMs = this.#claimAtMs()
    if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)
    if (now.monotonicMs >= this.#reads.dueMs) return { type: 'read' }
    return this.#waitUntil(now, Math.min(claimAtMs, this.#reads.dueMs))
  }

  /** When a standby may try to acquire the lease, by what it knows; infinite if it does not know enough. */
  #claimAtMs(): number {
    const { view } = this.#knowledge
    if (!view || this.#isOutdated) return Number.POSITIVE_INFINITY
    if (!this.#isHealthy) return Math.max(view.claimableAtMs + this.#config.health!.graceMs, this.#backOff.untilMs, this.#retryAtMs)
    if (view.standing !== 'ours') return Math.max(view.claimableAtMs, this.#backOff.untilMs, this.#retryAtMs)
    // The record already names this candidate, by an unanswered write or a handover. Write it once more to start the term.
    return view.locked!.handedOver ? this.#retryAtMs : Math.max(this.#backOff.untilMs, this.#retryAtMs)
  }

  /** Told to leave, or finished: releases a lease that this candidate may hold without a term, as long as that can make a difference. */
  #leave(now: Moment): Action {
    if (!this.#mayHaveToRelease(now)) return { type: 'done' }
    if (this.#isOutdated) return this.#readFrom(now, this.#retryAtMs)
    if (now.monotonicMs < this.#retryAtMs) return this.#waitUntil(now, this.#retryAtMs)
    return this.#release(now, this.#knowledge.view!.locked!)
  }

  #mayHaveToRelease(now: Moment): boolean {
    const sinceMs = this.#leavingSinceMs ?? Number.NEGATIVE_INFINITY
    const inTime = now.monotonicMs < sinceMs + this.#config.renewDeadlineMs
    const mayBeOurs = this.#isOutdated ? this.#knowledge.isUncertain : this.#knowledge.view?.standing === 'ours'
    return this.#config.releaseOnCancel && inTime && mayBeOurs
  }

  #readFrom(now: Moment, dueMs: number): Action {
    if (now.monotonicMs < dueMs) return this.#waitUntil(now, dueMs)
    if (this.#term?.isHeld) this.#facts.push({ type: 'slow-path' })
    return { type: 'read' }
  }

  #claim(kind: 'acquire' | 'renew', now: Moment): Action {
    if (kind === 'acquire') this.#acquiresByGrace = !this.#isHealthy
    const base = this.#knowledge.view!.locked
    const write: Write = { kind, base, record: heldRecord(this.#config, base?.record ?? null, now.wallMs) }
    return { type: 'write', write }
  }

  #release(now: Moment, base: LockedRecord): Action {
    return { type: 'write', write: { kind: 'release', base, record: releasedRecord(base.record, now.wallMs) } }
  }

  #acknowledge(base: LockedRecord): Action {
    return { type: 'write', write: { kind: 'acknowledge', base, record: base.record } }
  }

  get #pendingWrite(): SentWrite | null {
    return this.#pending?.type === 'write' ? this.#pending : null
  }

  // Deadlines.

  #waitUntil(now: Moment, dueMs = Number.POSITIVE_INFINITY): Action {
    return { type: 'wait', untilMs: Math.min(dueMs, this.#term ? this.#termDueMs(now, this.#term) : dueMs) }
  }

  /** The next moment at which the passing of time changes something for a term; monotonic milliseconds. */
  #termDueMs(now: Moment, term: Term): number {
    const { renewDeadlineMs, overrunAfterMs } = this.#config
    return Math.min(
      term.isHeld ? term.renewal.dueMs(now, renewDeadlineMs) : Number.POSITIVE_INFINITY,
      term.hasWorkEnded || term.hasOverrun ? Number.POSITIVE_INFINITY : term.renewal.dueMs(now, overrunAfterMs),
      this.#maxHoldDueMs(term),
    )
  }

  #retryDelayMs(now: Moment): number {
    if (this.#term) return retryDelayMs(this.#config, this.#term, now)
    return this.#leavingSinceMs === null ? this.#reads.pollMs() : this.#config.retryPeriodMs / 2
  }

  #maxHoldDueMs(term: Term): number {
    const { maxHoldMs } = this.#config
    return maxHoldMs > 0 && term.stopReason === null ? term.startedAtMs + maxHoldMs + term.holdExtendedMs : Number.POSITIVE_INFINITY
  }
}
