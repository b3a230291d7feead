import { contentOf, isRelease, type ActingTerm, type CandidateState, type Timings } from './candidate-state.ts'
import { leaseDurationMs } from '../../../shared/lease/record.ts'
import type { AppliedWrite, StoredObject } from '../store.ts'

/** What a failover says has become of the election. Durations are milliseconds of its own clock, null where it says none. */
export interface Claim {
  readonly outcome: 'moved' | 'returned' | 'free' | 'aborted'
  readonly from: string
  readonly to: string
  readonly leaderlessMs: number | null
  readonly leaderlessAtLeastMs: number | null
  /** How it says that it left the election, where it was aborted; `unknown` where it can't say. */
  readonly left: string | null
  /** Whether something on the way sends requests twice, so that an answer may be that to the second. */
  readonly isRepeating: boolean
  /** When it was told of the holder that it names; true milliseconds. */
  readonly heardAtMs: number
  /** Whether its own clock stood still at any time, so that its durations can't be right. */
  readonly hasSlept: boolean
}

/** What one failover has done to the record. */
interface Course {
  readonly name: string
  /** What its placeholder replaced. */
  readonly base: StoredObject | null
  readonly placedAtMs: number
  /** The terms of whoever led when it wrote its placeholder. */
  readonly oldTerms: readonly ActingTerm[]
  /** Whether somebody who is no candidate wrote since. */
  hasForeignWrites: boolean
  last: StoredObject
  /** The first write of a candidate after it had given the record away. */
  newLeader: { readonly atMs: number; readonly holderIdentity: string } | null
}

/** Holds what failovers say to what was seen. */
export class FailoverVerdicts {
  readonly #timings: Timings
  readonly #acting: () => ReadonlySet<ActingTerm>
  readonly #violation: (text: string) => void
  readonly #courses = new Map<string, Course>()
  readonly #untouched = new Set<string>()
  readonly #holders: { readonly atMs: number; readonly holderIdentity: string }[] = []
  #object: StoredObject | null = null

  /** @param acting the terms of those who lead at the moment */
  constructor(timings: Timings, acting: () => ReadonlySet<ActingTerm>, violation: (text: string) => void) {
    this.#timings = timings
    this.#acting = acting
    this.#violation = violation
  }

  wrote({ by, before, after, atMs }: AppliedWrite, changed: boolean): void {
    this.#object = after
    if (!changed) return
    const holderIdentity = after?.record.holderIdentity ?? ''
    this.#holders.push({ atMs, holderIdentity })
    if (by.isFailover && after) {
      const known = this.#courses.get(by.name)
      if (known) known.last = after
      else this.#courses.set(by.name, this.#begun(by.name, before, after, atMs))
      if (this.#untouched.has(by.name)) this.#violation(`F: ${by.name} wrote although it had said that it left the lease untouched`)
    }
    for (const course of this.#courses.values()) {
      if (course.name === by.name) continue
      if (!by.isCandidate) course.hasForeignWrites = true
      else if (holderIdentity !== '') course.newLeader ??= { atMs, holderIdentity }
    }
  }

  claimed(by: CandidateState, claim: Claim): void {
    const { name } = by.process
    const fault = (text: string): void => this.#violation(`F: ${name} says ${text}`)
    const course = this.#courses.get(name)
    switch (claim.outcome) {
      case 'moved':
      case 'returned':
        if (!course) return fault(`${claim.outcome}, and wrote nothing`)
        if ((claim.outcome === 'returned') !== (claim.to === claim.from)) fault(`${claim.outcome} from ${claim.from} to ${claim.to}`)
        if (!this.#holders.some(({ atMs, holderIdentity }) => atMs >= course.placedAtMs && holderIdentity === claim.to)) {
          fault(`that ${claim.to} leads, who has never written`)
        }
        return this.#checkDurations(by, course, claim, fault)
      case 'free':
        if (!course) return fault('free, and wrote nothing')
        if (course.newLeader && by.record?.holderIdentity === course.newLeader.holderIdentity && !course.last.handedOver) fault(`free, and was told of ${course.newLeader.holderIdentity}`)
        return
      case 'aborted':
        return this.#checkLeft(by, course, claim, fault)
    }
  }

  #checkLeft(by: CandidateState, course: Course | undefined, claim: Claim, fault: (text: string) => void): void {
    const last = course?.last.record
    switch (claim.left) {
      case 'untouched':
        if (claim.isRepeating) return
        this.#untouched.add(by.process.name)
        if (course) fault('that it left the lease untouched, and has written')
        return
      case 'restored':
        if (course?.hasForeignWrites) return
        if (!last || !course.base || contentOf(last) !== contentOf(course.base.record)) fault('that it has restored the lease, and has not')
        return
      case 'released':
        if (!claim.isRepeating && course?.hasForeignWrites !== true && !this.#isReleased(by, course)) fault('that it has released the lease, and has not')
        return
      case 'lost':
        // What it does not know of may have been applied, or not.
        if (claim.isRepeating) return
        if (course && this.#object?.serial === course.last.serial && by.newestSerial === course.last.serial) fault('that it has lost the lease, which is as it wrote it')
        return
      default:
    }
  }

  /** By itself; or, once it had put the old leader back, by that one: then somebody else has it, or nobody. */
  #isReleased(by: CandidateState, course: Course | undefined): boolean {
    if (!course) return false
    const last = course.last.record
    const isPutBack = course.base !== null && contentOf(last) === contentOf(course.base.record)
    return isRelease(last) || course.last.handedOver || (isPutBack && by.record?.holderIdentity !== last.holderIdentity)
  }

  /** The time without a leader lies between the two reported bounds, if the failover could know. */
  #checkDurations(by: CandidateState, course: Course, claim: Claim, fault: (text: string) => void): void {
    const { base, newLeader, placedAtMs, oldTerms, hasForeignWrites } = course
    // Somebody had made the duration shorter than the old leader's is.
    const isShortened = ((base && leaseDurationMs(base.record)) ?? 0) < this.#timings.leaseDurationMs
    if (!newLeader || hasForeignWrites || isShortened || claim.hasSlept || claim.leaderlessMs === null) return
    if (oldTerms.some((term) => term.hasReportedOverrun || !this.#isPredictable(term, by, placedAtMs))) return
    const stoppedAtMs = Math.max(placedAtMs, ...oldTerms.map(({ endedAtMs }) => endedAtMs ?? newLeader.atMs))
    const trueMs = Math.max(newLeader.atMs - stoppedAtMs, 0) * by.process.rate
    // It hears of the successor's write when it does.
    const heardLateMs = (claim.heardAtMs - newLeader.atMs) * by.process.rate
    if (trueMs > claim.leaderlessMs + 1) fault(`that there was no leader for at most ${claim.leaderlessMs} ms, and it was ${Math.round(trueMs)} ms`)
    const atLeastMs = claim.leaderlessAtLeastMs ?? 0
    if (atLeastMs > trueMs + heardLateMs + 1) fault(`that there was no leader for at least ${atLeastMs} ms, and it was ${Math.round(trueMs)} ms`)
  }

  /** Whether S1 covers an old leader, so that the failover can know by its own clock when it has stopped at the latest. */
  #isPredictable(term: ActingTerm, by: CandidateState, placedAtMs: number): boolean {
    const { kind, process, worksForMs, lastSuspendedAtMs } = term.by
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#timings
    // While it winds down it keeps its lease to the end.
    const isWindingDown = term.toldAtMs !== null && term.toldAtMs < placedAtMs
    const actsForMs = isWindingDown ? leaseDurationMs : kind === 'ours' ? worksForMs : renewDeadlineMs + retryPeriodMs
    const isWithinPromise = by.process.rate / process.rate <= leaseDurationMs / actsForMs
    const wasSuspended = process.isSuspended || lastSuspendedAtMs >= placedAtMs - leaseDurationMs
    return isWithinPromise && !wasSuspended && !term.isReleasing
  }

  #begun(name: string, base: StoredObject | null, last: StoredObject, placedAtMs: number): Course {
    const oldTerms = [...this.#acting()].filter((term) => term.by.identity === base?.record.holderIdentity)
    return { name, base, placedAtMs, oldTerms, hasForeignWrites: false, last, newLeader: null }
  }
}
