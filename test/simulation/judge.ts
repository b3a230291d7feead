import type { StopReason } from '../../shared/election/index.ts'
import { leaseDurationMs, type ElectionRecord } from '../../shared/lease/index.ts'
import type { LockedRecord } from '../../shared/locks/index.ts'
import { attribute, type Attribution } from './attribution.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import type { AppliedWrite } from './store.ts'

/** A failover takes part, but never leads. */
export type CandidateKind = 'ours' | 'client-go' | 'failover'

/** The promise that all candidates of one election share; milliseconds. */
export interface Timings {
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** One process as a candidate. */
export interface Candidate {
  readonly process: Process
  readonly kind: CandidateKind
  readonly identity: string
  readonly onOverrun: 'report' | 'exit'
}

/** A write on its way, with what its sender knew. */
export interface SentWrite {
  readonly by: CandidateState
  readonly record: ElectionRecord
  readonly base: LockedRecord | null
  readonly sentAtMs: number
  readonly sent: Clocks
  /** For how long, on its own monotonic clock, the sender has known the record as it is. */
  readonly unchangedForMs: number
  readonly hadWorkUnderWay: boolean
  readonly wasReadBefore: boolean
}

interface Clocks {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** One term, as the world sees it. */
export interface ActingTerm {
  readonly by: CandidateState
  readonly startedAtMs: number
  /** When it was told to stop. */
  toldAtMs: number | null
  reason: StopReason | 'client-go' | null
  settledAtMs: number | null
  hasReportedOverrun: boolean
  /** client-go: its renew loop has ended, and its work not yet been told. */
  isReleasing: boolean
}

/** What the judge knows of one process. */
export interface CandidateState extends Candidate {
  term: ActingTerm | null
  /** The last write of it that was applied: when, as what, and the clocks when it was sent. */
  lastApplied: { readonly atMs: number; readonly version: number; readonly sent: Clocks; readonly sentAtMs: number } | null
  /** When it last heard that a write succeeded; true time. */
  lastHeardAtMs: number | null
  lastSuspendedAtMs: number
  /** The last candidate that wrote over its record: it need not be the one that leads beside it. */
  displacedBy: CandidateState | null
  /** What it has been told of the record. */
  newestVersion: number
  readonly versions: Set<string>
  /** The last record that it was told of, and since when, on its monotonic clock. */
  record: ElectionRecord | null
  recordSinceMs: number
}

/** Two candidates that led at once. */
export interface Overlap {
  readonly older: ActingTerm
  readonly newer: ActingTerm
  lengthMs: number
  readonly fromMs: number
  untilMs: number
}

/** Longer than this is an overlap; what lies below is arithmetic. Milliseconds. */
const EPSILON_MS = 0.01

const IN_GOOD_ORDER: ReadonlySet<unknown> = new Set<StopReason>(['stopped', 'max-hold', 'work-ended'])

/** What a leader stops for at once, as opposed to its deadline. (A deletion that was read bears no version.) */
const LOST_TO_OTHERS: ReadonlySet<unknown> = new Set<StopReason>(['taken', 'emptied', 'quarantined', 'stranger'])

/** Watches the whole world and holds it to S1–S4. */
export class Judge {
  readonly violations: string[] = []
  readonly attributions = new Map<Attribution, { count: number; longestMs: number }>()
  /** When, after faults have ended, somebody first led. */
  firstActingAfterMs: number | null = null
  healedAtMs = Number.POSITIVE_INFINITY
  termsStarted = 0
  readonly #scheduler: Scheduler
  readonly #timings: Timings
  readonly #trace: (line: string) => void
  readonly #candidates = new Map<Process, CandidateState>()
  readonly #names = new Map<string, CandidateState>()
  readonly #acting = new Set<ActingTerm>()
  #overlaps: Overlap[] = []
  /** Record-changing writes that are nobody's to make. */
  readonly #foreignWritesAtMs: number[] = []
  /** Who made the record what it was at a version. */
  readonly #writers = new Map<number, string>()
  /** The same, but who puts a record back is not its author. */
  readonly #authors = new Map<number, string>()
  readonly #firstAuthors = new Map<string, string>()
  /** The contents of records that somebody handed over, with the mark, to the identity that they name. */
  readonly #handedOver = new Set<string>()
  #applying: SentWrite | null = null
  #lastTickMs = 0

  constructor(scheduler: Scheduler, timings: Timings, trace: (line: string) => void) {
    this.#scheduler = scheduler
    this.#timings = timings
    this.#trace = trace
  }

  register(candidate: Candidate): void {
    const state: CandidateState = {
      ...candidate,
      term: null,
      lastApplied: null,
      lastHeardAtMs: null,
      lastSuspendedAtMs: Number.NEGATIVE_INFINITY,
      displacedBy: null,
      newestVersion: 0,
      versions: new Set(),
      record: null,
      recordSinceMs: Number.NEGATIVE_INFINITY,
    }
    this.#candidates.set(candidate.process, state)
    this.#names.set(candidate.process.name, state)
  }

  get actingCount(): number {
    return this.#acting.size
  }

  // What candidates do.

  started(process: Process): void {
    if (process.state === 'dead') return
    this.tick()
    const by = this.#of(process)
    const term: ActingTerm = {
      by,
      startedAtMs: this.#scheduler.nowMs,
      toldAtMs: null,
      reason: null,
      settledAtMs: null,
      hasReportedOverrun: false,
      isReleasing: false,
    }
    by.term = term
    this.#acting.add(term)
    this.termsStarted += 1
    if (this.#scheduler.nowMs >= this.healedAtMs) this.firstActingAfterMs ??= this.#scheduler.nowMs
    this.#log(process, 'starts leading')
    if (by.kind === 'ours') this.#checkDeadline(by, 'starts to act')
  }

  /** Told to stop: the signal of its work is aborted. */
  stopped(process: Process, reason: StopReason | 'client-go'): void {
    const by = this.#of(process)
    const { term } = by
    if (!term || process.state === 'dead') return
    this.tick()
    term.toldAtMs = this.#scheduler.nowMs
    term.reason = reason
    this.#log(process, `is told to stop: ${reason}`)
    if (by.kind === 'ours') this.#checkDeadline(by, 'acts')
    if (LOST_TO_OTHERS.has(reason) && this.#writers.get(by.newestVersion) === process.name) {
      this.#violation(`${process.name} stopped (${reason}) although the newest record that it was told of is its own`)
    }
    if (!IN_GOOD_ORDER.has(reason)) {
      this.#end(term)
    }
  }

  releasing(process: Process): void {
    const { term } = this.#of(process)
    if (term) term.isReleasing = true
  }

  settled(process: Process): void {
    const { term } = this.#of(process)
    if (!term || process.state === 'dead') return
    this.tick()
    term.settledAtMs = this.#scheduler.nowMs
    this.#log(process, 'its work has ended')
    this.#checkOverrun(term)
    this.#end(term)
  }

  overran(process: Process): void {
    const { term } = this.#of(process)
    if (term) term.hasReportedOverrun = true
    this.#log(process, 'has overrun its lease')
  }

  died(process: Process): void {
    const { term } = this.#of(process)
    this.tick()
    this.#log(process, 'dies')
    if (!term || term.settledAtMs !== null) return
    this.#checkOverrun(term)
    term.settledAtMs = this.#scheduler.nowMs
    this.#end(term)
  }

  suspended(process: Process): void {
    this.tick()
    this.#of(process).lastSuspendedAtMs = this.#scheduler.nowMs
    this.#log(process, `is ${process.state}`)
  }

  resumed(process: Process): void {
    this.tick()
    this.#of(process).lastSuspendedAtMs = this.#scheduler.nowMs
    this.#log(process, 'resumes')
  }

  // What goes over the wire.

  sent(process: Process, record: ElectionRecord, base: LockedRecord | null): SentWrite {
    const by = this.#of(process)
    this.#log(process, `sends ${describe(record)} over ${base ? base.version || 'anything' : 'nothing'}`)
    return {
      by,
      record,
      base,
      sentAtMs: this.#scheduler.nowMs,
      sent: { monotonicMs: process.clock.monotonicMs(), wallMs: process.clock.wallMs() },
      unchangedForMs: process.clock.monotonicMs() - by.recordSinceMs,
      hadWorkUnderWay: by.term !== null && by.term.settledAtMs === null,
      wasReadBefore: base === null || by.versions.has(base.version),
    }
  }

  applying(write: SentWrite): void {
    this.#applying = write
  }

  acknowledged(write: SentWrite, locked: LockedRecord): void {
    write.by.lastHeardAtMs = this.#scheduler.nowMs
    // What it wrote itself keeps nobody waiting: it is told of nothing new.
    this.#learned(write.by, locked.record, Number(locked.version), write.by.recordSinceMs)
  }

  /** A process gets to know a state of the record; null where there is none. */
  told(process: Process, locked: LockedRecord | null, version: number | null): void {
    const by = this.#of(process)
    if (by.kind === 'ours' && (version === null || version > by.newestVersion)) {
      const author = version === null ? null : this.#authors.get(version)
      const { term } = by
      if (author !== process.name && term && term.toldAtMs === null) {
        this.#scheduler.after(0, () => {
          if (term.toldAtMs === null && process.state === 'running') {
            this.#violation(`S1: ${process.name} goes on although it has heard that the record is no longer its own`)
          }
        })
      }
    }
    this.#learned(by, locked?.record ?? null, version, process.clock.monotonicMs())
  }

  /** The storage applied a write. */
  wrote(write: AppliedWrite): void {
    const { before, after, by } = write
    const changed = !before || !after || contentOf(before.record) !== contentOf(after.record)
    this.#authors.set(write.version, this.#authorOf(write, changed))
    if (after?.handOver) this.#handedOver.add(contentOf(after.record))
    this.#writers.set(write.version, changed ? by.name : (this.#writers.get(before.version) ?? by.name))
    if (this.#tracing) this.#log(null, `${by.name} wrote ${after ? describe(after.record) : 'nothing'} as ${write.version}`)
    if (!by.isCandidate && !by.isFailover) {
      if (changed) this.#foreignWritesAtMs.push(write.atMs)
      return
    }
    const sent = this.#applying!
    if (by.isFailover) return this.#displaced(sent, write)
    if (after?.acknowledgement && !changed) return this.#checkAcknowledgement(sent, write)
    if (sent.by.kind === 'ours') this.#checkWrite(sent, write)
    const holder = before?.record.holderIdentity ?? ''
    // client-go 0.34 to 0.36: a release that empties a successor's lease.
    if (after?.record.holderIdentity === '' && holder !== '' && holder !== sent.by.identity) {
      this.#foreignWritesAtMs.push(write.atMs)
    }
    this.#displaced(sent, write)
    // client-go may write the same record twice, which nobody takes for a renewal.
    if (!changed && sent.by.kind === 'client-go') return
    sent.by.lastApplied = { atMs: write.atMs, version: write.version, sent: sent.sent, sentAtMs: sent.sentAtMs }
  }

  /** Whoever wrote what is replaced is followed by somebody else, by whose clock its time was up. */
  #displaced(sent: SentWrite, { before }: AppliedWrite): void {
    const displaced = before && this.#byName(this.#authors.get(before.version))
    if (displaced && displaced !== sent.by) displaced.displacedBy = sent.by
  }

  /** Who says that its work has ended has no work. */
  #checkAcknowledgement(sent: SentWrite, { before, after }: AppliedWrite): void {
    const { by } = sent
    if (by.kind !== 'ours' || !before || !after) return
    const name = by.process.name
    if (sent.hadWorkUnderWay) this.#violation(`S4: ${name} acknowledged while its work went on`)
    if (after.acknowledgement?.identity !== by.identity) this.#violation(`${name} acknowledged for another`)
    if (!sent.wasReadBefore) this.#violation(`S3: ${name} compared with a version that it had not seen`)
    if (before.labels !== after.labels) this.#violation(`S3: ${name} lost labels`)
  }

  // The verdict.

  /** Adds up what overlaps; to be called whenever somebody begins or ends to act, or to run. */
  tick(): void {
    const nowMs = this.#scheduler.nowMs
    const fromMs = this.#lastTickMs
    this.#lastTickMs = nowMs
    if (nowMs - fromMs <= 0 || this.#acting.size < 2) return
    const running = [...this.#acting].filter((term) => term.by.process.state === 'running' && !this.#isWindingDown(term))
    for (const [i, older] of running.entries()) {
      for (const newer of running.slice(i + 1)) {
        const known = this.#overlaps.find((overlap) => overlap.older === older && overlap.newer === newer)
        const overlap = known ?? { older, newer, lengthMs: 0, fromMs, untilMs: nowMs }
        if (!known) this.#overlaps.push(overlap)
        overlap.lengthMs += nowMs - fromMs
        overlap.untilMs = nowMs
      }
    }
  }

  /** The world has ended. */
  conclude(): void {
    this.tick()
    for (const term of [...this.#acting]) {
      this.#checkOverrun(term)
      this.#end(term)
    }
  }

  /** Holds an overlap that is over against what S1 leaves out. */
  #conclude(overlap: Overlap): void {
    if (overlap.lengthMs <= EPSILON_MS) return
    const attribution = attribute(overlap, this.#timings, this.#foreignWritesAtMs)
    const { older, newer } = overlap
    const what = `${older.by.process.name} and ${newer.by.process.name} led at once for ${Math.round(overlap.lengthMs)} ms`
    if (attribution === null) {
      this.#violation(`S1: ${what}, from ${Math.round(overlap.fromMs)} ms on`)
      return
    }
    this.#log(null, `${what}: ${attribution}`)
    const { count, longestMs } = this.attributions.get(attribution) ?? { count: 0, longestMs: 0 }
    this.attributions.set(attribution, { count: count + 1, longestMs: Math.max(longestMs, overlap.lengthMs) })
  }

  violation(text: string): void {
    this.#violation(text)
  }

  // The rules.

  /** S2 for a standby, S3 and S4. */
  #checkWrite(sent: SentWrite, write: AppliedWrite): void {
    const { by, base, record } = sent
    const name = by.process.name
    const before = write.before?.record
    if (base?.version === '') this.#violation(`S3: ${name} wrote without comparing`)
    if (!sent.wasReadBefore) this.#violation(`S3: ${name} compared with a version that it had not seen`)
    if (write.before && write.before.labels !== write.after?.labels) this.#violation(`S3: ${name} lost labels`)
    if (record.holderIdentity === '') {
      if (sent.hadWorkUnderWay) this.#violation(`S4: ${name} released while its work went on`)
      if (before?.holderIdentity !== by.identity) this.#violation(`S3: ${name} released what was not its own`)
      return
    }
    const authorBefore = write.before ? this.#authors.get(write.before.version) : null
    const mayAtOnce =
      authorBefore === name || // its own
      this.#isHandedOver(write.before) ||
      isRelease(before ?? by.record)
    const waitMs = Math.max(this.#timings.leaseDurationMs, (before && leaseDurationMs(before)) ?? 0)
    if (!mayAtOnce && sent.unchangedForMs < waitMs - EPSILON_MS) {
      const heldBy = before?.holderIdentity ?? 'nobody'
      this.#violation(`S2: ${name} took over from ${heldBy} after ${Math.round(sent.unchangedForMs)} ms`)
    }
    const isSame = before?.holderIdentity === by.identity
    const transitions = before ? before.leaseTransitions + (isSame ? 0 : 1) : 0
    if (record.leaseTransitions !== transitions) this.#violation(`${name} counted ${record.leaseTransitions} transitions`)
    if (isSame && record.acquireTime !== before.acquireTime) this.#violation(`${name} lost its acquire time`)
  }

  /** S2 for a leader: on neither of its clocks has more than the renew deadline passed. */
  #checkDeadline(by: CandidateState, what: string): void {
    const elapsedMs = this.#unrenewedMs(by)
    if (elapsedMs <= this.#timings.renewDeadlineMs + EPSILON_MS + WALL_PRECISION_MS) return
    if (what === 'starts to act') {
      this.#violation(`S2: ${by.process.name} ${what} ${Math.round(elapsedMs)} ms after it sent its last renewal`)
      return
    }
    const { resumed } = by.process
    // For one turn of the event loop; after its machine slept, until the clocks are next compared.
    const sinceMs = resumed ? this.#scheduler.nowMs - resumed.atMs : Number.POSITIVE_INFINITY
    if (sinceMs <= (resumed?.from === 'asleep' ? (WAKE_TICK_MS + 1) / by.process.rate : 0)) return
    // Somebody set the wall clock ahead: the same.
    if (this.#scheduler.nowMs - by.process.jumpedAtMs <= (WAKE_TICK_MS + 1) / by.process.rate) return
    this.#violation(`S2: ${by.process.name} ${what} ${Math.round(elapsedMs)} ms after it sent its last renewal`)
  }

  /** S4: work that outlives its lease is reported, or ends with its process. */
  #checkOverrun(term: ActingTerm): void {
    const { by } = term
    if (by.kind !== 'ours' || term.settledAtMs !== null && term.settledAtMs < this.#scheduler.nowMs) return
    if (by.process.state === 'stopped' || by.process.state === 'asleep') return
    const elapsedMs = this.#unrenewedMs(by, 'monotonic')
    const { resumed } = by.process
    if (resumed && this.#scheduler.nowMs - resumed.atMs <= (WAKE_TICK_MS + 1) / by.process.rate) return
    const limitMs = this.#timings.leaseDurationMs + EPSILON_MS + 1
    if (elapsedMs > limitMs && !term.hasReportedOverrun) {
      this.#violation(`S4: the work of ${by.process.name} outlived its lease by ${Math.round(elapsedMs - limitMs)} ms, untold`)
    }
    if (elapsedMs > limitMs && by.onOverrun === 'exit') {
      this.#violation(`S4: the work of ${by.process.name} outlived its lease by ${Math.round(elapsedMs - limitMs)} ms`)
    }
  }

  #unrenewedMs(by: CandidateState, by_: 'both' | 'monotonic' = 'both'): number {
    if (!by.lastApplied) return Number.POSITIVE_INFINITY
    const { clock } = by.process
    const monotonicMs = clock.monotonicMs() - by.lastApplied.sent.monotonicMs
    return by_ === 'monotonic' ? monotonicMs : Math.max(monotonicMs, clock.wallMs() - by.lastApplied.sent.wallMs)
  }

  /**
   * Told to stop in good order, it keeps its lease while its work winds down; once that has run out, S4 applies. How
   * long ago it was renewed is a matter of true time: a wall clock that was set back, and then showed that its machine
   * had slept, says less than what has passed.
   */
  #isWindingDown({ by, toldAtMs, hasReportedOverrun }: ActingTerm): boolean {
    if (toldAtMs === null) return false
    if (hasReportedOverrun || !by.lastApplied) return true
    return (this.#scheduler.nowMs - by.lastApplied.sentAtMs) * by.process.rate >= this.#timings.renewDeadlineMs
  }

  #end(term: ActingTerm): void {
    if (!this.#acting.delete(term)) return
    // Now: what a candidate does later would blur what it did.
    for (const overlap of this.#overlaps.filter(({ older, newer }) => older === term || newer === term)) {
      this.#conclude(overlap)
    }
    this.#overlaps = this.#overlaps.filter(({ older, newer }) => older !== term && newer !== term)
  }

  #learned(by: CandidateState, record: ElectionRecord | null, version: number | null, atMs: number): void {
    if (version !== null) by.versions.add(String(version))
    if (version !== null && version <= by.newestVersion) return
    if (version !== null) by.newestVersion = version
    // A deletion is no change of who held it.
    if (!record || (by.record && contentOf(record) === contentOf(by.record))) return
    by.record = record
    by.recordSinceMs = atMs
  }

  /** What was handed over stays so while the record is the same, also where somebody takes the mark away. */
  #isHandedOver(before: AppliedWrite['before']): boolean {
    return before !== null && this.#handedOver.has(contentOf(before.record))
  }

  /** Whoever first wrote a record like this: nobody can tell one that was put back from one that was never gone. */
  #authorOf({ after, by }: AppliedWrite, changed: boolean): string {
    if (!after) return by.name
    const content = contentOf(after.record)
    if (changed && by.isCandidate) this.#firstAuthors.set(content, by.name)
    return this.#firstAuthors.get(content) ?? by.name
  }

  #byName(name: string | undefined): CandidateState | undefined {
    return this.#names.get(name ?? '')
  }

  #of(process: Process): CandidateState {
    return this.#candidates.get(process)!
  }

  #violation(text: string): void {
    this.violations.push(text)
    this.#log(null, `VIOLATION ${text}`)
  }

  get #tracing(): boolean {
    return this.#trace !== NO_TRACE
  }

  #log(process: Process | null, text: string): void {
    if (this.#tracing) this.#trace(process ? `${process.name} ${text}` : text)
  }
}

export const NO_TRACE = (): void => undefined

/** The elector's tick by which it learns that its machine has slept; milliseconds of its own clock. */
export const WAKE_TICK_MS = 50
/** The wall clock is read in whole milliseconds, and a jump by less than this tells the elector nothing. */
const WALL_PRECISION_MS = 3

/** Nothing was ever there, or whoever held it has given it up. */
function isRelease(record: ElectionRecord | null): boolean {
  return record === null || (record.holderIdentity === '' && record.leaseDurationSeconds === 1)
}

function contentOf(record: ElectionRecord): string {
  return `${record.holderIdentity}|${record.renewTime}|${record.acquireTime}|${record.leaseTransitions}|${record.leaseDurationSeconds}`
}

function describe(record: ElectionRecord): string {
  const holder = record.holderIdentity || '(released)'
  return `${holder} ${record.leaseDurationSeconds}s transitions=${record.leaseTransitions} renewed=${record.renewTime?.slice(11, 23)}`
}
