import type { StopReason } from '../../../shared/election/machine/protocol.ts'
import type { ElectionRecord } from '../../../shared/lease/record.ts'
import type { LockedRecord } from '../../../shared/locks/lock.ts'
import type { Process } from '../process.ts'
import type { Scheduler } from '../scheduler.ts'
import type { AppliedWrite } from '../store.ts'
import { attribute, type Attribution } from './attribution.ts'
import { Authorship } from './authorship.ts'
import { contentOf, newCandidateState, type ActingTerm, type Candidate, type CandidateState, type SentWrite, type Timings } from './candidate-state.ts'
import { faultOfDeadline, faultsOfCommand, faultsOfWork } from './deadline-rules.ts'
import { FailoverVerdicts, type Claim } from './failover-verdicts.ts'
import { Liveness } from './liveness.ts'
import { Overlaps, type Overlap } from './overlaps.ts'
import { faultsOfAcknowledgement, faultsOfWrite, isMistaken, serialOf } from './write-rules.ts'

const IN_GOOD_ORDER: ReadonlySet<unknown> = new Set<StopReason>(['stopped', 'max-hold', 'unhealthy', 'work-ended'])

/** By then a watchdog that is well has answered whatever it was told; milliseconds. */
const WATCHDOG_ANSWERS_MS = 200

/** What a leader stops for at once, as opposed to its deadline. (A deletion that was read bears no version.) */
const LOST_TO_OTHERS: ReadonlySet<unknown> = new Set<StopReason>(['taken', 'emptied', 'blocked', 'stranger'])

/** Watches the whole world and holds it to S1–S4, to what must happen in time, and failovers to the truth. */
export class Judge {
  readonly violations: string[] = []
  readonly attributions = new Map<Attribution, { count: number; longestMs: number }>()
  termsStarted = 0
  readonly #scheduler: Scheduler
  readonly #timings: Timings
  readonly #trace: (line: string) => void
  readonly #candidates = new Map<Process, CandidateState>()
  readonly #states: CandidateState[] = []
  readonly #names = new Map<string, CandidateState>()
  readonly #authorship = new Authorship()
  readonly #overlaps: Overlaps
  readonly #liveness: Liveness
  readonly #failovers: FailoverVerdicts
  /** Record-changing writes that are nobody's to make. */
  readonly #foreignWritesAtMs: number[] = []
  #applying: SentWrite | null = null

  constructor(scheduler: Scheduler, timings: Timings, trace: (line: string) => void = NO_TRACE) {
    this.#scheduler = scheduler
    this.#timings = timings
    this.#trace = trace
    const violation = (text: string): void => this.violation(text)
    this.#overlaps = new Overlaps(timings, (overlap) => this.#concludeOverlap(overlap))
    this.#liveness = new Liveness(timings, violation)
    this.#failovers = new FailoverVerdicts(timings, () => this.#overlaps.acting, violation)
  }

  register(candidate: Candidate): void {
    const state = newCandidateState(candidate)
    this.#states.push(state)
    this.#candidates.set(candidate.process, state)
    this.#names.set(candidate.process.name, state)
  }

  get hasLeader(): boolean {
    return this.#overlaps.acting.size > 0
  }

  // What candidates do.

  started(process: Process): void {
    if (process.state === 'dead') return
    this.#tick()
    const by = this.#of(process)
    const term: ActingTerm = {
      by,
      startedAtMs: this.#now,
      actor: process,
      isCommandRunning: false,
      toldAtMs: null,
      reason: null,
      settledAtMs: null,
      endedAtMs: null,
      hasReportedOverrun: false,
      isReleasing: false,
      isByGrace: by.acquiresByGrace,
    }
    by.term = term
    if (!by.runsCommands) this.#overlaps.begin(term)
    this.termsStarted += 1
    this.#log(process, 'starts leading')
    if (by.kind !== 'ours') return
    this.#checkDeadline(by, 'starts to act')
    this.#checkGate(term)
    if (by.leavingSinceMs !== null) this.violation(`L: ${process.name} begins to lead although it was told to leave`)
  }

  /** Told to stop: the signal of its work is aborted. */
  stopped(process: Process, reason: StopReason | 'client-go'): void {
    const by = this.#of(process)
    const { term } = by
    if (!term || process.state === 'dead') return
    this.#tick()
    term.toldAtMs = this.#now
    term.reason = reason
    if (reason === 'unhealthy' && (term.isByGrace || by.isGateHealthy)) this.violation(`H: ${process.name} stopped as unhealthy although it ${term.isByGrace ? 'leads by grace' : 'is healthy'}`)
    this.#log(process, `is told to stop: ${reason}`)
    if (by.kind === 'ours') this.#checkDeadline(by, 'acts')
    const isOwn = this.#authorship.writerOf(by.newestSerial) === process.name && by.newestSerial !== by.lateSerial
    if (LOST_TO_OTHERS.has(reason) && isOwn) {
      this.violation(`${process.name} stopped (${reason}) although the newest record that it was told of is its own`)
    }
    this.#liveness.told(term, this.#now)
    if (!IN_GOOD_ORDER.has(reason) && !by.runsCommands) this.#overlaps.end(term, this.#now)
  }

  releasing(process: Process): void {
    const { term } = this.#of(process)
    if (term) term.isReleasing = true
  }

  settled(process: Process): void {
    const { term } = this.#of(process)
    if (!term || process.state === 'dead') return
    this.#tick()
    term.settledAtMs = this.#now
    this.#log(process, 'its work has ended')
    this.#liveness.settled(term, this.#now)
    if (term.isCommandRunning) this.violation(`S4: ${process.name} takes its command for gone, and it runs`)
    if (term.by.runsCommands) return
    this.#checkWork(term)
    this.#overlaps.end(term, this.#now)
  }

  overran(process: Process): void {
    const { term } = this.#of(process)
    if (term) term.hasReportedOverrun = true
    this.#log(process, 'has overrun its lease')
  }

  /** It is told to leave the election. */
  leaving(process: Process): void {
    this.#tick()
    this.#of(process).leavingSinceMs ??= this.#now
    this.#log(process, 'is told to leave')
  }

  /** It has left the election by itself, and its process ends. */
  left(process: Process): void {
    this.#tick()
    this.#log(process, 'has left')
    this.#liveness.left(this.#of(process), this.#now)
  }

  died(process: Process): void {
    const { term } = this.#of(process)
    this.#tick()
    this.#log(process, 'dies')
    if (!term || term.settledAtMs !== null || term.by.runsCommands) return
    this.#checkWork(term)
    term.settledAtMs = this.#now
    this.#overlaps.end(term, this.#now)
  }

  suspended(process: Process): void {
    this.#of(process).lastSuspendedAtMs = this.#now
    this.#log(process, `is ${process.state}`)
  }

  resumed(process: Process): void {
    this.#tick()
    const by = this.#of(process)
    if (process.state === 'asleep' || process.state === 'frozen') this.#liveness.slept(by, by.lastSuspendedAtMs, this.#now)
    by.lastSuspendedAtMs = this.#now
    this.#log(process, 'resumes')
  }

  /** Something is wrong with its link, its process or its clocks from now on, or nothing is any more. */
  health(process: Process, isHealthy: boolean): void {
    this.#tick()
    this.#of(process).healthySinceMs = isHealthy ? this.#now : Number.POSITIVE_INFINITY
  }

  /** What a candidate's health check says has changed. */
  gate(process: Process, isHealthy: boolean): void {
    if (process.state === 'dead') return
    const by = this.#of(process)
    this.#log(process, isHealthy ? 'is healthy' : 'is unhealthy')
    by.isGateHealthy = isHealthy
    if (by.term) this.#checkGate(by.term)
  }

  /** An unhealthy leader is told to stop in the same turn, unless it leads by grace. */
  #checkGate(term: ActingTerm): void {
    const { by } = term
    if (by.isGateHealthy) term.isByGrace = false
    if (by.isGateHealthy || term.isByGrace || term.toldAtMs !== null) return
    this.#scheduler.after(0, () => {
      if (term.toldAtMs === null && !by.isGateHealthy && by.process.state === 'running') this.violation(`H: ${by.process.name} goes on leading although it is unhealthy`)
    })
  }

  // What `join`'s watchdog and command do.

  /** The process that waited has become the command. */
  commandStarted(join: Process, machine: Process): void {
    this.#tick()
    const term = this.#of(join).term!
    term.actor = machine
    term.isCommandRunning = true
    this.#overlaps.begin(term)
    this.#log(join, 'its command runs')
  }

  /** Nothing of the command's group runs any more. */
  commandGone(join: Process): void {
    const { term } = this.#of(join)
    if (!term?.isCommandRunning) return
    this.#tick()
    this.#log(join, 'its command is gone')
    this.#violations(faultsOfCommand(term, this.#now, this.#timings))
    term.isCommandRunning = false
    this.#overlaps.end(term, this.#now)
  }

  /** Something is wrong with the watchdog, or with the link to it, from now on; or nothing is any more. */
  watchdog(join: Process, isHealthy: boolean): void {
    this.#log(join, isHealthy ? 'has a healthy watchdog' : 'has no healthy watchdog')
    this.#of(join).watchdogHealthySinceMs = isHealthy ? this.#now : Number.POSITIVE_INFINITY
  }

  watchdogLost(join: Process): void {
    const healthyForMs = this.#now - this.#of(join).watchdogHealthySinceMs
    this.#log(join, 'takes its watchdog for lost')
    if (healthyForMs > WATCHDOG_ANSWERS_MS) this.violation(`W: ${join.name} takes a watchdog for lost that is healthy since ${Math.round(healthyForMs)} ms`)
  }

  // What goes over the wire.

  sent(process: Process, record: ElectionRecord, base: LockedRecord | null): SentWrite {
    const by = this.#of(process)
    const hasWork = by.term !== null && (by.term.settledAtMs === null || by.term.isCommandRunning)
    if (!hasWork) by.acquiresByGrace = !by.isGateHealthy
    this.#log(process, `sends ${describe(record)} over ${base ? base.version || 'anything' : 'nothing'}`)
    return {
      by,
      record,
      base,
      sentAtMs: this.#now,
      sent: { monotonicMs: process.clock.monotonicMs(), wallMs: process.clock.wallMs() },
      unchangedForMs: process.clock.monotonicMs() - by.recordSinceMs,
      hadWorkUnderWay: hasWork,
      wasUnhealthy: !by.isGateHealthy,
      wasReadBefore: base === null || by.versions.has(base.version),
    }
  }

  applying(write: SentWrite): void {
    this.#applying = write
  }

  acknowledged(write: SentWrite, locked: LockedRecord): void {
    write.by.lastHeardAtMs = this.#now
    // What it wrote itself keeps nobody waiting: it is told of nothing new.
    this.#learned(write.by, locked.record, { serial: serialOf(locked.handle)!, version: Number(locked.version) }, write.by.recordSinceMs)
  }

  /**
   * A process gets to know a state of the record; null where there is none.
   * @param state null where it was read to be absent
   */
  told(process: Process, locked: LockedRecord | null, state: { serial: number; version: number; isRead: boolean } | null): void {
    const by = this.#of(process)
    // After the storage was restored a watch tells of versions that look old.
    const isNews = state === null || (state.serial > by.newestSerial && (state.isRead || state.version > by.newestVersion))
    if (state) by.versions.add(String(state.version))
    if (!isNews) return
    if (by.kind === 'ours') {
      const author = state === null ? null : this.#authorship.authorOf(state.serial)
      const { term } = by
      if (author !== process.name && term && term.toldAtMs === null) {
        // A record that names it may be what a write of its own made, which is under way: its answer will tell.
        const isNamed = locked?.record.holderIdentity === by.identity
        // Once the storage has gone back, an answer that looks overtaken tells nothing before the next conflict does.
        const waitMs = isNamed || this.#authorship.hasGoneBack ? this.#timings.renewDeadlineMs / process.rate : 0
        this.#scheduler.after(waitMs, () => {
          const isOwnAgain = isNamed && this.#authorship.authorOf(by.newestSerial) === process.name
          if (term.toldAtMs === null && process.state === 'running' && !isOwnAgain) {
            this.violation(`S1: ${process.name} goes on although it has heard that the record is no longer its own`)
          }
        })
      }
    }
    this.#learned(by, locked?.record ?? null, state, process.clock.monotonicMs())
  }

  /** The storage applied a write. */
  wrote(write: AppliedWrite): void {
    const { after, by, serial } = write
    const changed = this.#authorship.wrote(write)
    if (this.#isTracing) this.#log(null, `${by.name} wrote ${after ? describe(after.record) : 'nothing'} as ${write.version}`)
    if (changed) this.#changed(write)
    this.#failovers.wrote(write, changed)
    if (!by.isCandidate && !by.isFailover) {
      if (changed) this.#foreignWritesAtMs.push(write.atMs)
      return
    }
    const sent = this.#applying!
    if (isMistaken(sent, write)) this.#foreignWritesAtMs.push(write.atMs)
    if (by.isFailover) return this.#displaced(sent, write)
    if (after?.acknowledgement && !changed) {
      if (sent.by.kind === 'ours') this.#violations(faultsOfAcknowledgement(sent, write))
      return
    }
    if (sent.by.kind === 'ours') this.#violations(faultsOfWrite(sent, write, this.#timings, this.#authorship))
    const holder = write.before?.record.holderIdentity ?? ''
    // client-go 0.34 to 0.36: a release that empties a new leader's lease.
    if (after?.record.holderIdentity === '' && holder !== '' && holder !== sent.by.identity) {
      this.#foreignWritesAtMs.push(write.atMs)
    }
    this.#displaced(sent, write)
    // client-go may write the same record twice, which nobody takes for a renewal.
    if (!changed && sent.by.kind === 'client-go') return
    const { lastApplied } = sent.by
    // It comes so late that a later one was applied before: where storage has gone back, versions come again.
    const isLate = lastApplied !== null && lastApplied.sentAtMs > sent.sentAtMs
    if (isLate) sent.by.lateSerial = serial
    sent.by.lastApplied = { ...(isLate ? lastApplied : { sent: sent.sent, sentAtMs: sent.sentAtMs }), atMs: write.atMs, serial }
  }

  /** A failover has ended, and says what has become of the election. */
  claimed(process: Process, claim: Claim): void {
    this.#tick()
    this.#log(process, `says ${claim.outcome}${claim.left === null ? '' : `, ${claim.left}`}`)
    this.#failovers.claimed(this.#of(process), claim)
  }

  /** The world has ended. */
  conclude(): void {
    this.#tick()
    for (const term of [...this.#overlaps.acting]) {
      if (term.by.runsCommands) this.#violations(faultsOfCommand(term, this.#now, this.#timings))
      else this.#checkWork(term)
      this.#overlaps.end(term, this.#now)
    }
  }

  violation(text: string): void {
    this.violations.push(text)
    this.#log(null, `VIOLATION ${text}`)
  }

  #changed({ after, by, serial }: AppliedWrite): void {
    const author = this.#authorship.authorOf(serial) ?? null
    const isGiven = after?.handedOver ?? false
    const holder = after?.record.holderIdentity
    const given = isGiven ? this.#states.find((each) => each.identity === holder && each.process.state !== 'dead') : undefined
    this.#liveness.changed(this.#states, {
      object: after,
      sinceMs: this.#now,
      ownerName: given?.process.name ?? (by.isCandidate || by.isFailover ? author : null),
      isRestored: by.isFailover === true && author !== by.name,
      isByHand: after !== null && this.#authorship.isByHand(after),
      sentAtMs: by.isCandidate || by.isFailover ? this.#applying!.sentAtMs : this.#now,
      hasGoneBack: this.#authorship.hasGoneBack,
    })
  }

  /** Whoever wrote what is replaced is followed by somebody else, by whose clock its time was up. */
  #displaced(sent: SentWrite, { before }: AppliedWrite): void {
    const displaced = before && this.#names.get(this.#authorship.authorOf(before.serial) ?? '')
    if (displaced && displaced !== sent.by) displaced.displacedBy = sent.by
  }

  /** Before anything that the rules look at begins or ends. */
  #tick(): void {
    this.#overlaps.tick(this.#now)
    this.#liveness.check(this.#states, this.#now)
  }

  /** Holds an overlap that is over against what S1 leaves out. */
  #concludeOverlap(overlap: Overlap): void {
    const attribution = attribute(overlap, this.#timings, this.#foreignWritesAtMs)
    const { older, newer } = overlap
    const what = `${older.by.process.name} and ${newer.by.process.name} led at once for ${Math.round(overlap.lengthMs)} ms`
    if (attribution === null) return this.violation(`S1: ${what}, from ${Math.round(overlap.fromMs)} ms on`)
    this.#log(null, `${what}: ${attribution}`)
    const { count, longestMs } = this.attributions.get(attribution) ?? { count: 0, longestMs: 0 }
    this.attributions.set(attribution, { count: count + 1, longestMs: Math.max(longestMs, overlap.lengthMs) })
  }

  #checkDeadline(by: CandidateState, what: 'starts to act' | 'acts'): void {
    const fault = faultOfDeadline(by, what, this.#now, this.#timings)
    if (fault !== null) this.violation(fault)
  }

  #checkWork(term: ActingTerm): void {
    this.#violations(faultsOfWork(term, this.#now, this.#timings))
  }

  #violations(texts: readonly string[]): void {
    for (const text of texts) this.violation(text)
  }

  #learned(by: CandidateState, record: ElectionRecord | null, state: { serial: number; version: number } | null, atMs: number): void {
    if (state) {
      by.versions.add(String(state.version))
      if (state.serial <= by.newestSerial) return
      by.newestSerial = state.serial
      by.newestVersion = state.version
    }
    // A deletion is no change of who held it.
    if (!record || (by.record && contentOf(record) === contentOf(by.record))) return
    by.record = record
    by.recordSinceMs = atMs
  }

  get #now(): number {
    return this.#scheduler.nowMs
  }

  #of(process: Process): CandidateState {
    return this.#candidates.get(process)!
  }

  get #isTracing(): boolean {
    return this.#trace !== NO_TRACE
  }

  #log(process: Process | null, text: string): void {
    if (this.#isTracing) this.#trace(process ? `${process.name} ${text}` : text)
  }
}

export const NO_TRACE = (): void => undefined

function describe(record: ElectionRecord): string {
  const holder = record.holderIdentity || '(released)'
  return `${holder} ${record.leaseDurationSeconds}s transitions=${record.leaseTransitions} renewed=${record.renewTime?.slice(11, 23)}`
}
