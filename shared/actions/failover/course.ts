import { ClusterError } from '../../cluster/errors.ts'
import { heldRecord, releasedRecord } from '../../election/machine/candidate-record.ts'
import { isPlaceholder, isSameRecord, leaseDurationMs, PLACEHOLDER_PREFIX, type ElectionRecord } from '../../lease/index.ts'
import { clusterErrorOf } from '../../locks/errors.ts'
import { LockError, type HandoverLock, type LockedRecord } from '../../locks/index.ts'
import { advised, remedyOf } from '../../remedy.ts'
import type { Clock } from '../../time/index.ts'
import { changeSince } from './acquisition.ts'
import type { Abortion, FailoverEvent } from './failover-events.ts'
import type { FailoverPlan } from './failover-plan.ts'
import { LockView } from './lock-view.ts'

/** What of a plan decides how a failover runs. */
export type CourseTerms = Pick<
  FailoverPlan,
  'from' | 'to' | 'leaseDurationMs' | 'renewIntervalMs' | 'blockMs' | 'placeholderMs' | 'timeoutMs'
> &
  /** Without it, any record of the incumbent's is replaced. */
  Partial<Pick<FailoverPlan, 'acquisition'>>

export interface CourseOptions {
  readonly lock: HandoverLock
  readonly clock: Clock
  readonly terms: CourseTerms
  /** In the placeholder's name, so that nobody takes one for another; without a space. */
  readonly nonce: string
  /** Aborted, it undoes what can be undone. */
  readonly signal: AbortSignal
  readonly onEvent: (event: FailoverEvent) => void
  /** Resolves once the incumbent is proven to have stopped in another way than by its word. */
  readonly untilProven?: (signal: AbortSignal) => Promise<void>
}

/** How a failover ended. Times are monotonic milliseconds, null where it did not come so far. */
export interface CourseEnd {
  readonly type: 'taken' | 'free' | 'aborted'
  /** Who holds it, as was last seen; empty where nobody does. */
  readonly holderIdentity: string
  /** When the write was sent that kept everybody out. */
  readonly blockedAtMs: number | null
  /** When the incumbent was known to have stopped. */
  readonly stoppedAtMs: number | null
  readonly endedAtMs: number
  readonly abortion: Abortion | null
}

/** How a step ended that ends the whole; null goes on. */
type StepEnd = Abortion | null

/** For so long the first write is tried where the incumbent's renewals come before it, or no answer comes. */
const PLACE_PATIENCE_MS = 15_000
const SHORTEST_REQUEST_MS = 1_000
const LONGEST_REQUEST_MS = 5_000
const RETRY_PAUSE_MS = 250
/** How often the next write of a leader is looked for where the watch is silent. */
const POLL_MS = 500

/**
 * One failover, from the placeholder to the successor's first write.
 *
 * What keeps two leaders apart: from the moment the placeholder is in the record, no renewal of the incumbent's succeeds
 * (compare-and-swap), and no standby takes over (the placeholder is renewed, and its duration is no shorter than the
 * incumbent's). So the incumbent acts on until its own deadline at most, and the record is given away only after that:
 * after its lease duration and one renewal interval, counted from when the placeholder was *known* to be written, or on
 * its word. That duration is the one in the record that was replaced, should it be longer than the plan says. If this process dies at any moment, the placeholder runs out later than that.
 */
export class FailoverCourse {
  readonly #options: CourseOptions
  readonly #view: LockView
  readonly #placeholder: string
  /** The first writes that were tried, with what they replace. */
  #placed: { readonly base: LockedRecord; readonly record: ElectionRecord; readonly sentAtMs: number }[] = []
  /** Whether one of them may have been applied without our knowing. */
  #isUncertain = false
  /** What the placeholder replaced. */
  #base: ElectionRecord | null = null
  #blockedAtMs: number | null = null
  #knownAtMs = 0
  #stoppedAtMs: number | null = null
  #isProven = false
  #isUndone = false
  #handed: ElectionRecord | null = null
  #isFreed = false

  constructor(options: CourseOptions) {
    const { lock, clock, terms, nonce } = options
    this.#options = options
    this.#placeholder = `${PLACEHOLDER_PREFIX}${nonce}`
    const requestTimeoutMs = Math.min(Math.max(terms.renewIntervalMs, SHORTEST_REQUEST_MS), LONGEST_REQUEST_MS)
    this.#view = new LockView(lock, clock, { requestTimeoutMs })
  }

  /** Rejects with a ClusterError or a LockError where the storage is out of reach for so long that nothing can be said. */
  async run(): Promise<CourseEnd> {
    const over = new AbortController()
    void this.#view.run(over.signal)
    try {
      const abortion = (await this.#place()) ?? (await this.#block(over.signal)) ?? (await this.#give())
      if (abortion) return this.#end('aborted', abortion)
      return await this.#awaitNewLeader()
    } finally {
      over.abort()
    }
  }

  get #now(): number {
    return this.#options.clock.monotonicMs()
  }

  get #locked(): LockedRecord | null {
    return this.#view.sight?.locked ?? null
  }

  // 1. The placeholder.

  async #place(): Promise<StepEnd> {
    const { lock, signal, terms } = this.#options
    const untilMs = this.#now + PLACE_PATIENCE_MS
    await this.#readBy(untilMs)
    for (;;) {
      const base = this.#locked
      if (base?.record.holderIdentity === this.#placeholder) return this.#isPlaced(base.record)
      if (base?.record.holderIdentity !== terms.from) return this.#lost()
      // What may have been written is found out before it is undone.
      if (signal.aborted && !this.#isUncertain) return { cause: 'interrupted', left: 'untouched' }
      const change = terms.acquisition ? changeSince(terms.acquisition, base.record) : null
      if (change) return { cause: change, left: this.#isUncertain ? 'lost' : 'untouched' }
      if (this.#now >= untilMs) return this.#tooLate()
      const record = this.#placeholderOver(base.record)
      this.#placed.push({ base, record, sentAtMs: this.#now })
      try {
        await this.#view.write((request) => lock.update(base, record, request))
        this.#isPlaced(record)
        return null
      } catch (error) {
        if (!isOpen(error) && !isLost(error) && !this.#isUncertain) throw clusterErrorOf(error)
        if (isOpen(error)) this.#isUncertain = true
        if (!isLost(error)) this.#tellError(error)
        await this.#readBy(untilMs)
      }
    }
  }

  #tooLate(): Abortion {
    if (!this.#isUncertain) return { cause: 'busy', left: 'untouched' }
    throw this.#outOfReach(new LockError('unknown', `Cannot write the ${this.#options.lock.description}.`))
  }

  #isPlaced(record: ElectionRecord): null {
    const placed = this.#placed.find((each) => isSameRecord(each.record, record)) ?? this.#placed.at(-1)!
    this.#base = placed.base.record
    this.#blockedAtMs = placed.sentAtMs
    this.#knownAtMs = this.#now
    this.#options.onEvent({ type: 'blocked', placeholder: this.#placeholder, blockMs: this.#durations.blockMs })
    return null
  }

  /** How long what, by the record that was replaced; milliseconds. */
  get #durations(): Pick<CourseTerms, 'leaseDurationMs' | 'blockMs' | 'placeholderMs'> {
    return durationsOver(this.#base, this.#options.terms)
  }

  #placeholderOver(record: ElectionRecord): ElectionRecord {
    const { clock, terms } = this.#options
    const { placeholderMs } = durationsOver(this.#base ?? record, terms)
    const candidate = { identity: this.#placeholder, leaseDurationMs: placeholderMs }
    return { ...heldRecord(candidate, record, clock.wallMs()), leaseTransitions: record.leaseTransitions }
  }

  // 2. The block.

  async #block(over: AbortSignal): Promise<StepEnd> {
    const { lock, terms, signal, onEvent, untilProven } = this.#options
    const endAtMs = this.#knownAtMs + this.#durations.blockMs
    const undoUntilMs = this.#blockedAtMs! + terms.renewIntervalMs
    const everyMs = Math.min(terms.renewIntervalMs, terms.leaseDurationMs / 3)
    let renewAtMs = this.#knownAtMs + everyMs
    let mayBeUndone = false
    let isStillBlocked = false
    untilProven?.(over).then(
      () => (this.#isProven = true),
      () => undefined,
    )
    for (;;) {
      const locked = this.#locked
      const holderIdentity = locked?.record.holderIdentity
      if (mayBeUndone && holderIdentity !== this.#placeholder) return this.#awaitRenewal()
      if (holderIdentity !== this.#placeholder) return this.#lost()
      if (this.#isAcknowledged(locked!)) return this.#stopped('acknowledged', this.#view.sight!.atMs)
      if (this.#isProven) return this.#stopped('terminated', this.#now)
      if (this.#now >= endAtMs) return this.#stopped('waited', this.#now)
      if (signal.aborted && !isStillBlocked && this.#now < undoUntilMs) {
        mayBeUndone = (await this.#tryWrite((request) => lock.update(locked!, this.#base!, request))) || mayBeUndone
      } else if (signal.aborted && !isStillBlocked) {
        isStillBlocked = true
        onEvent({ type: 'still-blocked', remainingMs: Math.max(endAtMs - this.#now, 0) })
      } else if (this.#now >= renewAtMs) {
        const record = this.#placeholderOver(locked!.record)
        await this.#tryWrite((request) => lock.update(locked!, record, request))
        renewAtMs = this.#now + everyMs
      } else {
        await this.#view.changed(Math.min(endAtMs, renewAtMs), everyMs, isStillBlocked ? undefined : signal)
      }
    }
  }

  /**
   * The old leader's record is back as it was, unless somebody else has written it since. What comes of that is for the
   * old leader to show: one of client-go's has not stopped and renews it soon, one of ours may be ending its work, and
   * leads again or releases it after that.
   */
  async #awaitRenewal(): Promise<Abortion> {
    const { from } = this.#options.terms
    const waitMs = this.#durations.leaseDurationMs
    // By then it has expired for every candidate.
    const untilMs = this.#now + waitMs
    let hasLooked = false
    this.#isUndone = true
    this.#options.onEvent({ type: 'undone', waitMs })
    for (;;) {
      const record = this.#locked?.record
      if (record === undefined || isPlaceholder(record.holderIdentity)) return { cause: 'interrupted', left: 'lost' }
      if (record.holderIdentity !== from) return { cause: 'interrupted', left: 'released' }
      if (!isSameRecord(record, this.#base!)) return { cause: 'interrupted', left: 'restored' }
      if (this.#now < untilMs) {
        await this.#view.changed(untilMs, POLL_MS)
      } else if (hasLooked) {
        return { cause: 'interrupted', left: 'unrenewed' }
      } else {
        // Silence is no proof before one has looked.
        await this.#readBy(untilMs)
        hasLooked = true
      }
    }
  }

  #isAcknowledged({ acknowledgement }: LockedRecord): boolean {
    const { nonce, terms } = this.#options
    return acknowledgement?.nonce === nonce && acknowledgement.identity === terms.from
  }

  #stopped(proof: 'acknowledged' | 'terminated' | 'waited', atMs: number): null {
    this.#stoppedAtMs = atMs
    this.#options.onEvent({ type: 'leader-stopped', proof, afterMs: atMs - this.#blockedAtMs! })
    return null
  }

  // 3. The release, or the hand-over.

  async #give(): Promise<StepEnd> {
    const { lock, clock, terms, signal, nonce } = this.#options
    const to = signal.aborted ? null : terms.to
    // By then it has run out for everybody.
    const { leaseDurationMs, placeholderMs } = this.#durations
    const untilMs = this.#now + placeholderMs + LONGEST_REQUEST_MS
    const given: ElectionRecord[] = []
    let mayBeGiven = false
    for (;;) {
      const locked = this.#locked
      const isGiven = locked !== null && given.some((record) => isSameRecord(record, locked.record))
      const isSomebodys = locked?.record.holderIdentity !== this.#placeholder
      // A write of ours that was not answered may have freed it for whoever holds it now; one that lost has not.
      if (isGiven || (isSomebodys && mayBeGiven)) {
        this.#isFreed = true
        this.#options.onEvent({ type: 'released', to })
        return null
      }
      if (isSomebodys) return this.#lost()
      if (this.#now >= untilMs) throw this.#outOfReach(new LockError('unknown', `Cannot write the ${lock.description}.`))
      const record =
        to === null
          ? releasedRecord(locked.record, clock.wallMs())
          : heldRecord({ identity: to, leaseDurationMs }, locked.record, clock.wallMs())
      given.push(record)
      if (to !== null) this.#handed = record
      const mayBeApplied = await this.#tryWrite((request) =>
        to === null ? lock.update(locked, record, request) : lock.handOver(locked, record, nonce, request),
      )
      mayBeGiven ||= mayBeApplied
    }
  }

  // 4. The successor.

  async #awaitNewLeader(): Promise<CourseEnd> {
    const { terms, signal } = this.#options
    const untilMs = this.#now + terms.timeoutMs
    let hasLooked = false
    for (;;) {
      const record = this.#locked?.record
      const isHeld = record !== undefined && record.holderIdentity !== '' && !isPlaceholder(record.holderIdentity)
      const isOurs = isHeld && this.#handed !== null && isSameRecord(record, this.#handed)
      if (isHeld && !isOurs) return this.#end('taken', null)
      if (signal.aborted) return this.#end('aborted', { cause: 'interrupted', left: isOurs ? 'handedOver' : 'released' })
      if (this.#now < untilMs) {
        await this.#view.changed(untilMs, POLL_MS, signal)
      } else if (hasLooked) {
        return this.#end('free', null)
      } else {
        // Silence is no proof before one has looked.
        await this.#readBy(untilMs)
        hasLooked = true
      }
    }
  }

  // What all steps need.

  /**
   * A write that may fail: then what has become of the record is looked up, and the step decides anew. Resolves to
   * whether it may have been applied.
   */
  async #tryWrite(send: (signal: AbortSignal) => Promise<LockedRecord>): Promise<boolean> {
    try {
      await this.#view.write(send)
      return true
    } catch (error) {
      if (!isLost(error)) {
        this.#tellError(error)
        await this.#options.clock.sleep(RETRY_PAUSE_MS)
      }
      await this.#view.read().catch(() => undefined)
      return isOpen(error)
    }
  }

  /** Reads, again and again until it succeeds or it is too late. */
  async #readBy(untilMs: number): Promise<void> {
    for (;;) {
      try {
        await this.#view.read()
        return
      } catch (error) {
        if (!isOpen(error) || this.#now >= untilMs) throw this.#outOfReach(error)
        this.#tellError(error)
        await this.#options.clock.sleep(RETRY_PAUSE_MS)
      }
    }
  }

  #lost(): Abortion {
    const holderIdentity = this.#locked?.record.holderIdentity
    const left = this.#blockedAtMs === null && !this.#isUncertain ? 'untouched' : 'lost'
    if (holderIdentity === undefined) return { cause: 'deleted', left }
    if (holderIdentity === '') return { cause: 'emptied', left }
    return { cause: isPlaceholder(holderIdentity) ? 'underway' : 'taken', left }
  }

  #end(type: CourseEnd['type'], abortion: Abortion | null): CourseEnd {
    const holder = this.#locked?.record.holderIdentity ?? ''
    return {
      type,
      holderIdentity: isPlaceholder(holder) || type === 'free' ? '' : holder,
      blockedAtMs: this.#blockedAtMs,
      stoppedAtMs: this.#stoppedAtMs,
      endedAtMs: type === 'taken' ? this.#view.sight!.atMs : this.#now,
      abortion,
    }
  }

  #tellError(error: unknown): void {
    this.#options.onEvent({ type: 'error', ...advised(error) })
  }

  /** What is left behind, beside why. */
  #outOfReach(error: unknown): unknown {
    const cause = clusterErrorOf(error)
    if ((this.#blockedAtMs === null && !this.#isUncertain) || !(cause instanceof Error)) return cause
    const seconds = Math.ceil(this.#durations.placeholderMs / 1000)
    const left = this.#isFreed
      ? 'The old leader had stopped, and the lease was released. It is not known which candidate has acquired it since.'
      : this.#isUndone
        ? `The old leader ${this.#options.terms.from} was written back as the holder. It is not known whether it has renewed the lease since.`
        : `If the lease names the placeholder ${this.#placeholder} as its holder, it expires on its own within ${seconds}s.`
    const kind = cause instanceof ClusterError ? cause.kind : 'unreachable'
    return new ClusterError(`${cause.message} ${left}`, { kind, remedy: remedyOf(cause), cause })
  }
}

/** The durations of the terms, longer by as much as the lease duration in the record to be replaced is. */
function durationsOver(record: ElectionRecord | null, terms: CourseTerms): Pick<CourseTerms, 'leaseDurationMs' | 'blockMs' | 'placeholderMs'> {
  const planned = terms.leaseDurationMs
  const longerMs = Math.max(((record && leaseDurationMs(record)) ?? planned) - planned, 0)
  return {
    leaseDurationMs: planned + longerMs,
    blockMs: terms.blockMs + longerMs,
    // The record can say whole seconds alone.
    placeholderMs: Math.ceil((terms.placeholderMs + longerMs) / 1000) * 1000,
  }
}

/** Whether a write certainly lost to another. */
function isLost(error: unknown): boolean {
  return error instanceof LockError && (error.kind === 'conflict' || error.kind === 'absent')
}

/** Whether nobody knows what became of the request. */
function isOpen(error: unknown): boolean {
  return !(error instanceof LockError) || error.kind === 'unknown'
}
