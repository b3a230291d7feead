import { ClusterError } from '../../cluster/errors.ts'
import { heldRecord, releasedRecord } from '../../lease/candidate-record.ts'
import { isPlaceholder, PLACEHOLDER_PREFIX } from '../../lease/placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'
import { clusterErrorOf, LockError } from '../../locks/errors.ts'
import type { HandoverLock } from '../../locks/handover.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import { advised, remedyOf } from '../../remedy.ts'
import type { Clock } from '../../time/clock.ts'
import { changeSince } from './acquisition.ts'
import type { Abortion, FailoverEvent } from './failover-events.ts'
import type { FailoverPlan } from './failover-plan.ts'
import { LockView } from './lock-view.ts'
import { lockPhrase } from '../../lease/election-ref.ts'
import { phrase, phraseOf, saying } from '../../phrase.ts'

/** The parts of a plan that decide how a failover runs. */
export type FailoverTerms = Pick<
  FailoverPlan,
  'from' | 'to' | 'leaseDurationMs' | 'renewIntervalMs' | 'blockMs' | 'placeholderMs' | 'timeoutMs'
> &
  /** Without it, the failover replaces any record of the old leader. */
  Partial<Pick<FailoverPlan, 'acquisition'>>

export interface FailoverStepsOptions {
  readonly lock: HandoverLock
  readonly clock: Clock
  readonly terms: FailoverTerms
  /** Part of the placeholder, to tell failovers apart; without a space. */
  readonly nonce: string
  /** When aborted, the failover undoes what can be undone. */
  readonly signal: AbortSignal
  readonly onEvent: (event: FailoverEvent) => void
  /** Resolves once something other than an acknowledgement proves that the old leader has stopped. */
  readonly untilProven?: (signal: AbortSignal) => Promise<void>
}

/** How a failover ended. Times are monotonic milliseconds, null if the failover did not get that far. */
export interface FailoverEnd {
  readonly type: 'taken' | 'free' | 'aborted'
  /** The last observed holder; empty if there is none. */
  readonly holderIdentity: string
  /** When the write that blocked the lease was sent. */
  readonly blockedAtMs: number | null
  /** When it was known that the old leader had stopped. */
  readonly stoppedAtMs: number | null
  readonly endedAtMs: number
  readonly abortion: Abortion | null
}

/** Why a step ended the failover; null if the failover continues. */
type StepEnd = Abortion | null

/** How long to retry the first write if the old leader's renewals keep coming before it, or no answer arrives. */
const PLACE_PATIENCE_MS = 15_000
const SHORTEST_REQUEST_MS = 1_000
const LONGEST_REQUEST_MS = 5_000
const RETRY_PAUSE_MS = 250
/** How often to read the record if the watch is silent. */
const POLL_MS = 500

/**
 * One failover, from the placeholder to the new leader's first write.
 *
 * What prevents two leaders: while the placeholder is in the record, no renewal of the old leader succeeds
 * (compare-and-swap), and no standby takes over, because the placeholder is renewed, and its lease duration is no shorter
 * than the old leader's. So the old leader leads at most until its own renew deadline. The lease is released or handed over
 * only after that: when the old leader acknowledges, or one lease duration plus one renewal interval after the placeholder
 * was *known* to be written. If the replaced record has a longer lease duration than the plan, that one counts. If this
 * process dies at any moment, the placeholder expires later than that.
 */
export class FailoverSteps {
  readonly #options: FailoverStepsOptions
  readonly #view: LockView
  readonly #placeholder: string
  /** The attempts to write the placeholder, with the records that they would replace. */
  #placed: { readonly base: LockedRecord; readonly record: ElectionRecord; readonly sentAtMs: number }[] = []
  /** Whether an unanswered attempt may have been applied. */
  #isUncertain = false
  /** The record that the placeholder replaced. */
  #base: ElectionRecord | null = null
  #blockedAtMs: number | null = null
  #knownAtMs = 0
  #stoppedAtMs: number | null = null
  #isProven = false
  #isUndone = false
  #handed: ElectionRecord | null = null
  #isReleased = false

  constructor(options: FailoverStepsOptions) {
    const { lock, clock, terms, nonce } = options
    this.#options = options
    this.#placeholder = `${PLACEHOLDER_PREFIX}${nonce}`
    const requestTimeoutMs = Math.min(Math.max(terms.renewIntervalMs, SHORTEST_REQUEST_MS), LONGEST_REQUEST_MS)
    this.#view = new LockView(lock, clock, { requestTimeoutMs })
  }

  /** Rejects with a ClusterError or a LockError if the storage is unreachable for so long that the outcome is not known. */
  async run(): Promise<FailoverEnd> {
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
      // If a write got no answer, read the record first: it shows whether there is anything to undo.
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
    throw this.#outOfReach(notWritten(this.#options.lock))
  }

  #isPlaced(record: ElectionRecord): null {
    const placed = this.#placed.find((each) => isSameRecord(each.record, record)) ?? this.#placed.at(-1)!
    this.#base = placed.base.record
    this.#blockedAtMs = placed.sentAtMs
    this.#knownAtMs = this.#now
    this.#options.onEvent({ type: 'blocked', placeholder: this.#placeholder, blockMs: this.#durations.blockMs })
    return null
  }

  /** The durations of this failover, by the replaced record; milliseconds. */
  get #durations(): Pick<FailoverTerms, 'leaseDurationMs' | 'blockMs' | 'placeholderMs'> {
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
   * The old leader's record was written back, unless another client has written since. The old leader decides what follows:
   * a client-go leader has not stopped, and soon renews. A kubectl-leader candidate may be ending its work, and afterwards
   * leads again, or releases the lease.
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
        // A quiet watch does not prove that nothing was written. Read the record once before giving up.
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

  // 3. The release, or the handover.

  async #give(): Promise<StepEnd> {
    const { lock, clock, terms, signal, nonce } = this.#options
    const to = signal.aborted ? null : terms.to
    // By then the placeholder has expired for every candidate.
    const { leaseDurationMs, placeholderMs } = this.#durations
    const untilMs = this.#now + placeholderMs + LONGEST_REQUEST_MS
    const given: ElectionRecord[] = []
    let mayBeGiven = false
    for (;;) {
      const locked = this.#locked
      const isGiven = locked !== null && given.some((record) => isSameRecord(record, locked.record))
      const isSomebodys = locked?.record.holderIdentity !== this.#placeholder
      // One of our unanswered writes may have released the lease, so that another candidate could acquire it. A write that
      // lost has not.
      if (isGiven || (isSomebodys && mayBeGiven)) {
        this.#isReleased = true
        this.#options.onEvent({ type: 'released', to })
        return null
      }
      if (isSomebodys) return this.#lost()
      if (this.#now >= untilMs) throw this.#outOfReach(notWritten(lock))
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

  // 4. The new leader.

  async #awaitNewLeader(): Promise<FailoverEnd> {
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
        // A quiet watch does not prove that the lease is free. Read the record once before giving up.
        await this.#readBy(untilMs)
        hasLooked = true
      }
    }
  }

  // What all steps need.

  /**
   * Sends a write. If it fails, reads the record, so that the step can decide again. Resolves to whether the write may have
   * been applied although it failed, or was applied.
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

  /** Reads the record, and retries until it succeeds or it is too late. */
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

  #end(type: FailoverEnd['type'], abortion: Abortion | null): FailoverEnd {
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

  /** Adds to an error in which state the failover left the lease. */
  #outOfReach(error: unknown): unknown {
    const cause = clusterErrorOf(error)
    if ((this.#blockedAtMs === null && !this.#isUncertain) || !(cause instanceof Error)) return cause
    const seconds = Math.ceil(this.#durations.placeholderMs / 1000)
    const left = this.#isReleased
      ? phrase`The old leader had stopped, and the lease was released. It is not known which candidate has acquired it since.`
      : this.#isUndone
        ? phrase`The old leader ${this.#options.terms.from} was written back as the holder. It is not known whether it has renewed the lease since.`
        : phrase`If the lease names the placeholder ${this.#placeholder} as its holder, it expires on its own within ${seconds}s.`
    const kind = cause instanceof ClusterError ? cause.kind : 'unreachable'
    return new ClusterError(phrase`${phraseOf(cause)} ${left}`, { kind, remedy: remedyOf(cause), cause })
  }
}

/** The durations of the terms, prolonged if the record to replace has a longer lease duration than the plan. */
function durationsOver(record: ElectionRecord | null, terms: FailoverTerms): Pick<FailoverTerms, 'leaseDurationMs' | 'blockMs' | 'placeholderMs'> {
  const planned = terms.leaseDurationMs
  const longerMs = Math.max(((record && leaseDurationMs(record)) ?? planned) - planned, 0)
  return {
    leaseDurationMs: planned + longerMs,
    blockMs: terms.blockMs + longerMs,
    // The record stores whole seconds.
    placeholderMs: Math.ceil((terms.placeholderMs + longerMs) / 1000) * 1000,
  }
}

/** Whether a write certainly lost to the write of another client. */
function isLost(error: unknown): boolean {
  return error instanceof LockError && (error.kind === 'conflict' || error.kind === 'absent')
}

/** Whether it is not known what became of the request. */
function isOpen(error: unknown): boolean {
  return !(error instanceof LockError) || error.kind === 'unknown'
}

function notWritten({ description }: { readonly description: string }): LockError {
  const said = phrase`Cannot write the ${lockPhrase(description)}.`
  return saying(new LockError('unknown', said.text), said)
}
