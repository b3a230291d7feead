import { isPlaceholder, type Moment } from '../../lease/index.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import type { ElectorConfig } from '../config.ts'
import { harmfulAlteration, isVisible, type Alteration } from './alteration.ts'
import { heldRecord, releasedRecord } from './candidate-record.ts'
import { compareWith, Knowledge, type News, type SentWrite, type Standing, type View } from './knowledge.ts'
import type { Action, Fact, Input, StopReason, Write } from './protocol.ts'
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

/** A request under way: since when, for how long at most, and what was known of the record when it was sent. */
type Pending = { readonly sent: Stopwatch; readonly timeoutMs: number; readonly viewBefore: View | null } & (
  { readonly type: 'read' } | { readonly type: 'write'; readonly write: Write }
)

const ANSWERS: ReadonlySet<Input['type']> = new Set(['read', 'read-failed', 'written', 'write-failed'])

/** What a leader loses to, by what it finds the record to be. */
const LOSSES = {
  absent: 'deleted',
  free: 'emptied',
  placeholder: 'blocked',
  stranger: 'stranger',
  other: 'taken',
} as const satisfies Record<Exclude<Standing, 'ours'>, StopReason>

/**
 * What one candidate of an election decides. It does nothing itself: it is told what happens and what time it is, and
 * answers what has become true and what to do next. The same inputs give the same answers.
 *
 * What keeps two candidates from leading at once:
 *
 * 1. A leader acts until `renewDeadline` after it *sent* its last successful renewal ({@link Stopwatch}), and no
 *    longer; and it stops as soon as it learns that the record is no longer as it wrote it.
 * 2. A standby writes only over a record that it has itself seen unchanged for a whole lease duration, or seen
 *    released, and only if it still is what was seen (compare-and-swap). Whoever wrote it sent it before that, so its
 *    deadline has passed: `renewDeadline < leaseDuration`, and the ratio of the two is the room for clocks that run at
 *    different rates.
 * 3. A lease is released only after the work that it guards has ended.
 *
 * All else here serves liveness, and may be wrong about the others without harm.
 */
export class ElectionMachine {
  readonly #config: MachineConfig
  readonly #knowledge: Knowledge
  readonly #reads: ReadSchedule
  readonly #backOff: BackOff
  readonly #random: () => number
  #pending: Pending | null = null
  #term: Term | null = null
  /** Whether the record is known to have been written, or may have been, since the state that is known. */
  #isOutdated = false
  /** How many writes in a row have not succeeded. */
  #failures = 0
  /** Before this, no write; monotonic milliseconds. */
  #retryAtMs = Number.NEGATIVE_INFINITY
  /** When the candidate was told to leave; null before. */
  #leavingSinceMs: number | null = null
  #isFinished = false
  /** Told by the watch while a write is under way, whose answer says whether it is that write: see {@link #overheard}. */
  #heldBack: LockedRecord | null = null
  #reportedLeader = ''
  #facts: Fact[] = []

  /** @param random returns numbers from 0 to below 1; used for jitter alone */
  constructor(config: MachineConfig, random: () => number) {
    this.#config = config
    this.#random = random
    this.#knowledge = new Knowledge(config)
    this.#reads = new ReadSchedule(config, random)
    this.#backOff = new BackOff(config)
  }

  /** Whether guarded work may run. True only up to the moment of the last step: steps must come when asked for. */
  get isLeading(): boolean {
    return this.#term !== null && this.#term.stopReason === null
  }

  /** For how long the term's lease has not been renewed; null where there is no term whose work still runs. */
  unrenewedMs(now: Moment): number | null {
    return this.guardedRenewal?.elapsedMs(now) ?? null
  }

  /** The time since the renewal by which guarded work still runs; null where none does. */
  get guardedRenewal(): Stopwatch | null {
    return this.#term && !this.#term.hasWorkEnded ? this.#term.renewal : null
  }

  /** The holder by what is known, as client-go's `GetLeader`; empty where nobody is known to hold it. */
  get leader(): string {
    const holder = this.#knowledge.view?.locked?.record.holderIdentity ?? ''
    return isPlaceholder(holder) ? '' : holder
  }

  /** Time has passed, and something may have happened: see {@link Input}. */
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

  // What time brings.

  /** @param isAnswered an answer is here, if perhaps late: what it says is better than to give it up */
  #passTime(now: Moment, isAnswered: boolean): void {
    this.#term?.renewal.sample(now)
    this.#pending?.sent.sample(now)
    this.#knowledge.sample(now)
    this.#endTermInTime(now)
    if (this.#pending && !isAnswered && this.#pending.sent.elapsedMs(now) >= this.#pending.timeoutMs) {
      this.#facts.push({ type: 'request-abandoned' })
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

  // What the inputs bring.

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
      case 'stop':
        this.#leavingSinceMs ??= now.monotonicMs
        if (this.#term) this.#stopLeading(this.#term, 'stopped')
    }
  }

  /** What the storage itself answers is believed, even where it goes back: a restored etcd does. */
  #readAnswered(now: Moment, found: LockedRecord | null): void {
    const wasOvertaken = this.#pending?.viewBefore !== this.#knowledge.view
    this.#pending = null
    this.#reads.read(now.monotonicMs)
    this.#retryAtMs = now.monotonicMs
    // Unless the watch has overtaken it. (That the record was gone during one's own term stays true, whatever came late.)
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
    // A standby's next read waits; what it may write by what it knows does not.
    if (this.#term || this.#leavingSinceMs !== null) this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
  }

  #watched(now: Moment, locked: LockedRecord | null, version: string): void {
    if (this.#knowledge.compare(version) >= 0) this.#reads.watched(now.monotonicMs)
    this.#overheard(now, locked, version)
  }

  #writtenLate(now: Moment, write: Write, locked: LockedRecord): void {
    // What became of it is known now.
    if (this.#pending?.type === 'read') {
      this.#pending = null
      this.#facts.push({ type: 'request-abandoned' })
    }
    this.#overheard(now, locked, locked.version, this.#knowledge.unanswered(write))
  }

  /**
   * Something was told that nobody asked for, perhaps late.
   *
   * A record that names this candidate, and that no write of its own is seen to have made, may still be the write under
   * way: the server may change what it applies. The answer says so, by its version; until it is here, or given up, the
   * news waits. To lead on until then is safe: the deadline counts from an earlier renewal, and nobody else is named.
   *
   * @param ownWrite the write that made it, where the storage said so
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
    this.#learn(now, locked, version, ownWrite)
  }

  #takeHeldBack(now: Moment): void {
    const locked = this.#heldBack
    this.#heldBack = null
    if (locked) this.#overheard(now, locked, locked.version)
  }

  /**
   * The storage says that a write was applied, and under which version: that, and not what the record says now, makes it
   * this candidate's.
   *
   * Three orders are possible. A version above all that is known is news, and one that is known is what the watch told
   * first. One below it, but above what was known when the write was sent, was overtaken: the watch has told of what
   * came after. And a version that is not even above *that* can only come from a storage whose counter was lost (a new
   * etcd, a flushed Redis). That this write was applied is true then as well: it was compared with what is in the
   * storage, and nothing here depends on versions but the order of news. So it is believed, and counts from here on;
   * and the watch is begun again, so that nothing which it still has of the time before can pass for newer. Where the
   * watch has told of something while the write was under way, nobody can say to which time that belongs: then the
   * write's fate is open, and a read decides.
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
      // The server keeps no more of the times: it is written again when they differ.
      this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
    } else if (kind === 'acquire') {
      this.#acquired(now, sent, locked.version)
    } else if (this.#term) {
      this.#renewed(this.#term, sent)
    }
  }

  #acquired(now: Moment, { sent }: SentWrite, fencingToken: string): void {
    // An answer so late wins nothing yet (the machine slept): the record is ours, and is written once more.
    if (sent.elapsedMs(now) >= this.#config.renewDeadlineMs) return
    // Told to leave meanwhile: it is given back without having led.
    if (this.#leavingSinceMs !== null) return
    this.#term = newTerm(now, sent, this.#config.retryPeriodMs * (1 - this.#random()))
    this.#facts.push({ type: 'started-leading', fencingToken })
  }

  #writeFailed(now: Moment, outcome: 'conflict' | 'refused' | 'unknown'): void {
    const sent = this.#pending as SentWrite
    this.#pending = null
    this.#failures += 1
    this.#retryAtMs = now.monotonicMs + this.#retryDelayMs(now)
    // To acknowledge is a courtesy: whoever waits for it needs no more than time.
    if (outcome === 'refused' && sent.write.kind === 'acknowledge') return this.#endTerm(now, false)
    if (outcome === 'refused') return this.#takeHeldBack(now)
    // The first time a leader looks at once what became of it; and if the watch has told already, anybody knows.
    if (this.#failures === 1) this.#retryAtMs = now.monotonicMs
    // Even one that lost may have been applied: something on the way may have sent it twice.
    if (this.#knowledge.remember(sent)) {
      this.#isOutdated = true
      this.#reads.outdated(now.monotonicMs, outcome === 'conflict' ? this.#failures : 2)
    }
    this.#takeHeldBack(now)
  }

  #workEnded(): void {
    const term = this.#term
    if (!term) return
    term.hasWorkEnded = true
    if (this.#stopLeading(term, 'work-ended')) this.#isFinished = true
  }

  // What is learned of the record.

  /** @param ownWrite the write that made it, where the storage itself said so */
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
    return news
  }

  #learnAsHolder(now: Moment, term: Term, { view, recordChanged, explainedBy }: News): void {
    if (explainedBy?.write.kind === 'release') return
    if (view.standing === 'placeholder') term.displacedBy = view.locked!.record.holderIdentity
    if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])
    // A renewal that was not answered, and turns up: it counts from when it was sent.
    if (recordChanged && explainedBy && explainedBy.sent.startedAtMs > term.renewal.startedAtMs) {
      this.#renewed(term, explainedBy)
    }
  }

  /** The candidate leaves; what it holds by such a write is given back once its work has ended. */
  #refuseAlteration(now: Moment, { kind }: Write, alteration: Alteration): void {
    this.#facts.push({ type: 'write-altered', alteration })
    if (this.#term) this.#lose(now, this.#term, 'failed')
    // Where a release was not applied as one, another would not be either.
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
    if (this.leader !== '') this.#facts.push({ type: 'new-leader', identity: this.leader })
  }

  // How a term ends.

  #lose(now: Moment, term: Term, reason: StopReason): void {
    term.isHeld = false
    this.#failures = 0
    this.#stopLeading(term, reason)
    if (reason !== 'deadline') this.#backOff.begin(now.monotonicMs)
  }

  /** Returns whether this is what ended the term; the lease is kept unless it was lost. */
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
        const action = this.#giveUp(now, this.#term)
        if (action) return action
      }
      if (this.#term) return this.#lead(now, this.#term)
      if (this.#isFinished || this.#leavingSinceMs !== null) return this.#leave(now)
      return this.#stand(now)
    }
    const timeoutAtMs = this.#pending.sent.dueMs(now, this.#pending.timeoutMs)
    if (this.#pending.type === 'write' || this.#term) return this.#waitUntil(now, timeoutAtMs)
    if (this.#leavingSinceMs !== null) {
      // What was written and not answered may have won: the read tells, and only then can it be given back.
      return this.#mayHaveToGiveBack(now) ? this.#waitUntil(now, timeoutAtMs) : { type: 'done' }
    }
    const claimAtMs = this.#claimAtMs()
    if (now.monotonicMs < claimAtMs) return this.#waitUntil(now, Math.min(timeoutAtMs, claimAtMs))
    // No answer could keep it from trying now: what it compares with does.
    this.#facts.push({ type: 'request-abandoned' })
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
   * The work has ended: release the lease if it is ours, or tell the failover that took it; while it can matter. If a
   * failover has been undone meanwhile, the lease is ours again: whoever stands again leads on, others release it.
   */
  #giveUp(now: Moment, term: Term): Action | null {
    const { view } = this.#knowledge
    // Two, where time is up already: one to see whether it still is ours.
    const inTime = term.releaseTries < 2 || term.renewal.elapsedMs(now) < this.#config.leaseDurationMs
    const isDisplaced = term.displacedBy !== null && term.displacedBy === view?.locked?.record.holderIdentity
    const isOurs = view?.standing === 'ours'
    // The failover was undone: the lease bears this candidate's name again, and a new term begins at once.
    const leadsOn = isOurs && term.displacedBy !== null && this.#config.rejoin && this.#leavingSinceMs === null
    const isToBeGiven = isDisplaced || (this.#config.releaseOnCancel && isOurs && !leadsOn)
    if (!isToBeGiven || !inTime) {
      this.#endTerm(now, term.displacedBy === null && term.releaseTries > 0 && view?.standing === 'free')
      return null
    }
    if (now.monotonicMs < this.#retryAtMs) return this.#waitUntil(now, this.#retryAtMs)
    term.releaseTries += 1
    if (this.#isOutdated) return this.#readFrom(now, this.#retryAtMs)
    return isDisplaced ? this.#acknowledge(view.locked) : this.#release(now, view.locked!)
  }

  /** Waiting to become leader. */
  #stand(now: Moment): Action {
    const claimAtMs = this.#claimAtMs()
    if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)
    if (now.monotonicMs >= this.#reads.dueMs) return { type: 'read' }
    return this.#waitUntil(now, Math.min(claimAtMs, this.#reads.dueMs))
  }

  /** From when on a standby tries to take the record as it knows it; infinite where it does not know enough. */
  #claimAtMs(): number {
    const { view } = this.#knowledge
    if (!view || this.#isOutdated) return Number.POSITIVE_INFINITY
    if (view.standing !== 'ours') return Math.max(view.claimableAtMs, this.#backOff.untilMs, this.#retryAtMs)
    // Ours already, by a write that was not answered or by a hand-over: it only has to be written once more.
    return view.locked!.handedOver ? this.#retryAtMs : Math.max(this.#backOff.untilMs, this.#retryAtMs)
  }

  /** Told to leave, or finished: what may be ours without a term is given back, for as long as it can matter. */
  #leave(now: Moment): Action {
    if (!this.#mayHaveToGiveBack(now)) return { type: 'done' }
    if (this.#isOutdated) return this.#readFrom(now, this.#retryAtMs)
    if (now.monotonicMs < this.#retryAtMs) return this.#waitUntil(now, this.#retryAtMs)
    return this.#release(now, this.#knowledge.view!.locked!)
  }

  #mayHaveToGiveBack(now: Moment): boolean {
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

  // When.

  #waitUntil(now: Moment, dueMs = Number.POSITIVE_INFINITY): Action {
    return { type: 'wait', untilMs: Math.min(dueMs, this.#term ? this.#termDueMs(now, this.#term) : dueMs) }
  }

  /** When time next changes something for a term. */
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
    return maxHoldMs > 0 && term.stopReason === null ? term.startedAtMs + maxHoldMs : Number.POSITIVE_INFINITY
  }
}
