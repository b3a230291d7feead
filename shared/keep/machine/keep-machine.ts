import { heldRecord } from '../../lease/candidate-record.ts'
import { isBlocking } from '../../lease/placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import { HolderTrail, isSameTerm } from './holder-trail.ts'

/** A renewal counts as missed after this many renewal intervals. */
const MISSED_AFTER = 1.5
/** A program that ran for this many renewal intervals without renewing no longer renews. */
const GIVEN_UP_AFTER = 2
/** After a stop, a renewal that is under way has this part of a renewal interval to arrive. */
const SETTLING = 0.5
/** How many intervals must pass without a renewal after a program has ended, before its lease is released. */
const QUIET_AFTER_END = 2
/** In so many stops a holder must have missed renewals before it counts as the program. */
const STOPS_TO_PROVE = 2
/** An own write that got no answer may still be applied, so the last few are remembered. */
const REMEMBERED_WRITES = 8

/**
 * Why the lease is not kept while the program is stopped.
 *
 * - `missing`, `released`, `other-holder`: the record does not name the program.
 * - `unidentified`: it is not known yet which holder the program is. `ambiguous`: more than one holder matches.
 * - `unproven`: the holder was not observed renewing, in this term, while the program ran.
 * - `given-up`: it had stopped renewing before the program was stopped.
 * - `renewed`: another process renews in its name, or the program runs although its stop was reported.
 * - `expired`: the lease has expired. `no-duration`: it has no lease duration. `coordinated`: the API server elects.
 * - `limit`: the program has been stopped for the maximum hold time.
 */
export type NotKept =
  | 'missing'
  | 'released'
  | 'other-holder'
  | 'unidentified'
  | 'ambiguous'
  | 'unproven'
  | 'given-up'
  | 'renewed'
  | 'expired'
  | 'no-duration'
  | 'coordinated'
  | 'limit'

/** What happens to the lease: `renewed` is a stop in which no renewal has been missed yet. */
export type KeepStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'renewed' }
  | { readonly kind: 'keeping' }
  | { readonly kind: 'not-kept'; readonly why: NotKept }
  | { readonly kind: 'ended' }

/** What to do: write this record over that one now, or nothing until a moment on the monotonic clock (Infinity: until something happens). */
export type KeepStep =
  | { readonly kind: 'write'; readonly over: LockedRecord; readonly record: ElectionRecord }
  | { readonly kind: 'wait'; readonly untilMs: number }

/**
 * Why a lease is not released after the program has ended: see {@link KeepMachine.release}. `changed`: it was written after
 * the program had ended. `unanswered`: the API server did not answer, so the release may have been applied.
 * `unseen`: not all descendants of the program could be observed.
 */
export type NotReleased = 'missing' | 'released' | 'other-holder' | 'unidentified' | 'unproven' | 'renewed' | 'coordinated' | 'changed' | 'expired' | 'unanswered' | 'unseen'

export type ReleaseStep =
  | { readonly kind: 'release'; readonly over: LockedRecord }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'expire'; readonly why: NotReleased }

export interface KeepMachineOptions {
  /** The program's holder identity; null to find it by observation. */
  readonly identity: string | null
  /** For how long one stop may keep the lease; 0 means no limit. Milliseconds. */
  readonly maxHoldMs: number
}

interface Stop {
  readonly atMs: number
  hasWritten: boolean
}

interface OwnWrite {
  readonly record: ElectionRecord
  /** The stop in which it was sent. */
  readonly stop: Stop | null
}

/**
 * Decides when to renew a lease in the name of a program that a debugger or a signal has stopped. It performs no I/O and
 * reads no clock: it is told what happens, and when on the monotonic clock, and says what to do.
 *
 * Keeping cannot create a second leader. A write replaces a record that names the program by one that differs only in its
 * renew time, by compare-and-swap, so it only makes other candidates wait longer. Releasing can, so it requires more: see
 * {@link release}.
 */
export class KeepMachine {
  readonly #options: KeepMachineOptions
  readonly #trails = new Map<string, HolderTrail>()
  #locked: LockedRecord | null = null
  #changedAtMs: number
  #hasSeen = false
  #written: OwnWrite[] = []
  #lastTriedAtMs = Number.NEGATIVE_INFINITY
  #runningSinceMs: number | null
  #stop: Stop | null = null
  #endedAtMs: number | null = null
  #isChangedAfterEnd = false
  #isComplete = true

  constructor(options: KeepMachineOptions, nowMs: number) {
    this.#options = options
    this.#runningSinceMs = nowMs
    this.#changedAtMs = nowMs
  }

  /** The program's holder identity; null if it is not known (yet), or more than one holder matches. */
  get identity(): string | null {
    return this.#options.identity ?? (this.#proven.length === 1 ? this.#proven[0]! : null)
  }

  /** The newest known state; null if there is no record. */
  get locked(): LockedRecord | null {
    return this.#locked
  }

  /** The renewal interval of the present holder, as observed; milliseconds, or null if the record has no lease duration. */
  get intervalMs(): number | null {
    const record = this.#locked?.record
    return record ? this.#trail(record.holderIdentity).intervalMs(record) : null
  }

  /** The program does not act any more until it is resumed. A second stop without a resumption in between begins a new one. */
  stopped(nowMs: number): void {
    if (this.#endedAtMs !== null) return
    if (this.#stop) this.resumed(nowMs)
    for (const trail of this.#trails.values()) trail.stopped(nowMs)
    this.#runningSinceMs = null
    this.#stop = { atMs: nowMs, hasWritten: false }
  }

  resumed(nowMs: number): void {
    if (!this.#stop) return
    const dueMs = this.#firstDueMs(this.#stop)
    const holder = this.#locked?.record.holderIdentity
    this.#stop = null
    this.#runningSinceMs = nowMs
    for (const [identity, trail] of this.#trails) trail.resumed(nowMs, identity === holder && dueMs !== null && nowMs >= dueMs)
  }

  /**
   * This machine saw the program and its descendants end.
   * @param isComplete whether all descendants could be observed
   */
  ended(nowMs: number, isComplete = true): void {
    this.#stop = null
    this.#endedAtMs ??= nowMs
    this.#isComplete = isComplete
  }

  /** Takes in the newest state of the record; null if there is none. */
  seen(locked: LockedRecord | null, nowMs: number): void {
    const before = this.#locked
    const isFirst = !this.#hasSeen
    this.#hasSeen = true
    this.#locked = locked
    if (before && locked && isSameRecord(before.record, locked.record)) return
    if (!before && !locked && !isFirst) return
    this.#changedAtMs = nowMs
    if (isFirst || !locked) return
    const { holderIdentity } = locked.record
    const own = this.#written.find(({ record }) => isSameRecord(record, locked.record))
    if (own) {
      if (this.#stop && own.stop === this.#stop) this.#trail(holderIdentity).kept()
      return
    }
    if (this.#endedAtMs !== null) {
      this.#isChangedAfterEnd = true
      return
    }
    if (holderIdentity === '') return
    const trail = this.#trail(holderIdentity)
    // A failover that hands the lease over writes in the name of its new holder.
    if (before && isSameTerm(before.record, locked.record) && !locked.handedOver) trail.renewed(nowMs)
    else trail.acquired()
  }

  /** Whether another process wrote this record, and it is news. */
  isForeign({ record }: LockedRecord): boolean {
    const isKnown = this.#locked !== null && isSameRecord(this.#locked.record, record)
    return !isKnown && !this.#written.some((own) => isSameRecord(own.record, record))
  }

  /** What to do now. After a write, call {@link writing} before it is sent. */
  step(nowMs: number, wallMs: number): KeepStep {
    const dueMs = this.#due(nowMs)
    if (dueMs === null) return { kind: 'wait', untilMs: Number.POSITIVE_INFINITY }
    if (nowMs >= dueMs) return this.#write(wallMs)
    const expiresAtMs = this.#changedAtMs + leaseDurationMs(this.#locked!.record)!
    return { kind: 'wait', untilMs: Math.min(dueMs, expiresAtMs, this.limitAtMs ?? Number.POSITIVE_INFINITY) }
  }

  /**
   * What to write when the program is about to be resumed: the lease once more, if it was kept in this stop, so that the
   * program has as much time as possible. Null if nothing is to be written.
   */
  lastWrite(nowMs: number, wallMs: number): Extract<KeepStep, { kind: 'write' }> | null {
    if (!this.#stop?.hasWritten || this.#due(nowMs) === null) return null
    return nowMs - this.#changedAtMs < this.intervalMs! * SETTLING ? null : this.#write(wallMs)
  }

  /** A write is about to be sent. Its outcome is learned from {@link seen}. */
  writing(record: ElectionRecord, nowMs: number): void {
    this.#lastTriedAtMs = nowMs
    this.#written = [...this.#written, { record, stop: this.#stop }].slice(-REMEMBERED_WRITES)
    if (this.#stop) this.#stop.hasWritten = true
  }

  status(nowMs: number): KeepStatus {
    if (this.#endedAtMs !== null) return { kind: 'ended' }
    if (!this.#stop) return { kind: 'running' }
    const why = this.#notKept(nowMs)
    if (why !== null) return { kind: 'not-kept', why }
    return { kind: this.#stop.hasWritten ? 'keeping' : 'renewed' }
  }

  /** When the present stop reaches the maximum hold time, on the monotonic clock; null if there is no stop or no limit. */
  get limitAtMs(): number | null {
    const { maxHoldMs } = this.#options
    return this.#stop && maxHoldMs > 0 ? this.#stop.atMs + maxHoldMs : null
  }

  /**
   * What to do about the lease after the program and its descendants have ended. It is released only if
   *
   * - the record is as the program, or this process in its name, last wrote it: nothing has changed it since the end;
   * - the holder is the program: it renewed while the program ran, never while it was stopped for longer than a renewal can
   *   be under way, and either missed renewals in a stop and renewed again after it, or was not observed renewing for a full
   *   lease duration, after which any other holder must have stopped leading;
   * - for two renewal intervals after the end, no renewal came.
   *
   * Otherwise the lease expires on its own.
   */
  release(nowMs: number): ReleaseStep {
    const why = this.#notReleased(nowMs)
    if (why !== null) return { kind: 'expire', why }
    const { record } = this.#locked!
    const trail = this.#trail(record.holderIdentity)
    const durationMs = leaseDurationMs(record)!
    const quietAtMs = this.#endedAtMs! + trail.intervalMs(record)! * QUIET_AFTER_END
    const untilMs = trail.provenStops > 0 ? quietAtMs : Math.max(quietAtMs, trail.lastRenewedAtMs! + durationMs)
    if (untilMs >= this.#changedAtMs + durationMs) return { kind: 'expire', why: 'unproven' }
    return nowMs < untilMs ? { kind: 'wait', untilMs } : { kind: 'release', over: this.#locked! }
  }

  #notReleased(nowMs: number): NotReleased | null {
    const named = this.#notNamed()
    if (named !== null) return named === 'ambiguous' ? 'unidentified' : named
    const { record, handedOver } = this.#locked!
    const durationMs = leaseDurationMs(record)
    const trail = this.#trails.get(record.holderIdentity)
    if (!this.#isComplete) return 'unseen'
    if (record.strategy !== null) return 'coordinated'
    if (this.#isChangedAfterEnd || handedOver) return 'changed'
    if (trail?.isContradicted) return 'renewed'
    if (!trail?.hasRenewedRunning || durationMs === null) return 'unproven'
    return nowMs - this.#changedAtMs >= durationMs ? 'expired' : null
  }

  #notKept(nowMs: number): NotKept | null {
    const named = this.#notNamed()
    if (named !== null) return named
    const { record, handedOver } = this.#locked!
    if (record.strategy !== null) return 'coordinated'
    const durationMs = leaseDurationMs(record)
    if (durationMs === null) return 'no-duration'
    const trail = this.#trails.get(record.holderIdentity)
    if (!trail?.hasRenewedRunning || handedOver) return 'unproven'
    if (trail.isContradictedInStop) return 'renewed'
    if (trail.unrenewedMs(nowMs) > this.intervalMs! * GIVEN_UP_AFTER) return 'given-up'
    if (this.limitAtMs !== null && nowMs >= this.limitAtMs) return 'limit'
    return nowMs - this.#changedAtMs >= durationMs ? 'expired' : null
  }

  #notNamed(): 'missing' | 'released' | 'other-holder' | 'unidentified' | 'ambiguous' | null {
    if (!this.#locked) return 'missing'
    const { holderIdentity } = this.#locked.record
    if (holderIdentity === '') return 'released'
    const { identity } = this
    if (identity === null) return this.#proven.length > 1 ? 'ambiguous' : 'unidentified'
    return holderIdentity === identity ? null : 'other-holder'
  }

  /** When to write next; null if nothing is to be written. */
  #due(nowMs: number): number | null {
    if (!this.#stop || this.#notKept(nowMs) !== null) return null
    const intervalMs = this.intervalMs!
    const dueMs = this.#stop.hasWritten ? this.#changedAtMs + intervalMs : this.#firstDueMs(this.#stop)!
    // After a write that failed, not at once again.
    return Math.max(dueMs, this.#lastTriedAtMs + intervalMs / 4)
  }

  #write(wallMs: number): Extract<KeepStep, { kind: 'write' }> {
    const over = this.#locked!
    const { holderIdentity } = over.record
    const renewed = heldRecord({ identity: holderIdentity, leaseDurationMs: leaseDurationMs(over.record)! }, over.record, wallMs)
    return { kind: 'write', over, record: renewed }
  }

  /** When a renewal counts as missed in a stop; null if the record has no duration. */
  #firstDueMs({ atMs }: Stop): number | null {
    const intervalMs = this.intervalMs
    return intervalMs === null ? null : Math.max(this.#changedAtMs + intervalMs * MISSED_AFTER, atMs + intervalMs * SETTLING)
  }


  /** The holders that can only be the program. */
  get #proven(): readonly string[] {
    return [...this.#trails].filter(([identity, trail]) => trail.provenStops >= STOPS_TO_PROVE && !trail.isContradicted && !isBlocking(identity)).map(([identity]) => identity)
  }

  #trail(identity: string): HolderTrail {
    let trail = this.#trails.get(identity)
    if (!trail) this.#trails.set(identity, (trail = new HolderTrail(this.#runningSinceMs)))
    return trail
  }
}
