import { isPlaceholder } from '../../../shared/lease/placeholder.ts'
import type { StopReason } from '../../../shared/election/machine/protocol.ts'
import type { StoredObject } from '../store.ts'
import type { ActingTerm, CandidateState, Timings } from './candidate-state.ts'
import { isRelease, waitMs } from './candidate-state.ts'

/** The default jitter factor: a standby polls every `retryPeriod × (1 … 2.2)`. */
const LONGEST_POLL = 2.2
/** There and back, at most, over a link that is good. */
const ROUND_TRIP_MS = 50

/** After these, a candidate leaves the election to others for a while. */
const BACKS_OFF_AFTER: ReadonlySet<unknown> = new Set<StopReason>([
  'taken',
  'emptied',
  'deleted',
  'blocked',
  'stranger',
  'max-hold',
])

/** The record as it is, and whose it is. */
interface Situation {
  readonly object: StoredObject | null
  readonly sinceMs: number
  /** From when on, and for how long, it keeps others out; a deletion lets nobody in. */
  readonly heldFromMs: number
  readonly heldForMs: number
  /** Who wrote it, or was given it; null where that is no candidate. */
  readonly ownerName: string | null
  /** Whether a failover put it back as it was. */
  readonly isRestored: boolean
  /** Whether somebody who is no candidate had written the same record before. */
  readonly isByHand: boolean
  /** When the write that made it was sent. True time. */
  readonly sentAtMs: number
  /** Whether the storage has ever gone back: then a candidate may not know its own record again. */
  readonly hasGoneBack: boolean
}

/**
 * What must happen in time, each with a bound of its own, judged for every candidate of ours with which nothing is wrong
 * meanwhile:
 *
 * - *free → led*: a released record is taken;
 * - *expired → led*: one that nobody renews is taken;
 * - *own → led*: who was given the record, wrote it, or was put back into it by a failover, leads;
 * - *led → renewed*: a leader renews;
 * - *ended → free*: whose work has ended in good order releases;
 * - *told → left*: who is told to leave is gone, and its lease with it.
 */
export class Liveness {
  readonly #timings: Timings
  readonly #violation: (text: string) => void
  #situation: Situation = { object: null, sinceMs: 0, heldFromMs: 0, heldForMs: 0, ownerName: null, isRestored: false, isByHand: false, sentAtMs: 0, hasGoneBack: false }
  readonly #renewals: { readonly holder: string; readonly atMs: number }[] = []
  /** When each identity was last replaced in the record. True time. */
  readonly #lostAtMs = new Map<string, number>()
  /** What was said already of a candidate and a situation. */
  readonly #said = new Set<string>()

  constructor(timings: Timings, violation: (text: string) => void) {
    this.#timings = timings
    this.#violation = violation
  }

  /** The record itself has changed: what it was is over. */
  changed(candidates: readonly CandidateState[], situation: Omit<Situation, 'heldFromMs' | 'heldForMs'>): void {
    const { object, sinceMs } = situation
    this.check(candidates, sinceMs)
    this.#checkBackOff(candidates, situation)
    const { heldFromMs, heldForMs } = object ? { heldFromMs: sinceMs, heldForMs: waitMs(this.#timings, object.record) } : this.#situation
    this.#situation = { ...situation, heldFromMs, heldForMs }
    if (!object || !isPlaceholder(object.record.holderIdentity)) return
    for (const each of candidates) if (each.backsOffUntilMs > sinceMs) this.backsOff(each, sinceMs)
  }

  /** Whoever lost leaves the election to others until another has renewed, or for a lease duration at least. */
  #checkBackOff(candidates: readonly CandidateState[], { object, sinceMs, sentAtMs, ownerName, isRestored }: Omit<Situation, 'heldFromMs' | 'heldForMs'>): void {
    const before = this.#situation
    const holder = object?.record.holderIdentity ?? ''
    const isRenewal = holder !== '' && before.object?.record.holderIdentity === holder
    if (isRenewal) this.#renewals.push({ holder, atMs: sinceMs })
    const previousHolder = before.object?.record.holderIdentity ?? ''
    if (previousHolder !== holder) this.#lostAtMs.set(previousHolder, sinceMs)
    const by = candidates.find(({ process }) => process.name === ownerName)
    if (by && isRestored) by.putBackAtMs = sinceMs
    if (by?.kind !== 'ours' || isRestored || isRenewal || holder !== by.identity || object?.handedOver || before.ownerName === ownerName) return
    const { backedOffSinceMs, putBackAtMs } = by
    // It had sent it before.
    if (sentAtMs < backedOffSinceMs) return
    if (putBackAtMs >= backedOffSinceMs - this.#timings.leaseDurationMs) return
    // It may hear late of its loss, and of what came after.
    const lostAtMs = Math.min(this.#lostAtMs.get(by.identity) ?? backedOffSinceMs, backedOffSinceMs)
    const hasOtherRenewed = this.#renewals.some((renewal) => renewal.atMs >= lostAtMs && renewal.holder !== by.identity)
    const backedOffMs = (sinceMs - backedOffSinceMs) * by.process.rate
    if (backedOffMs < this.#timings.leaseDurationMs && !hasOtherRenewed && !before.object?.handedOver) {
      this.#violation(`L: ${by.process.name} did not back off, but acquired the lease again after ${Math.round(backedOffMs)} ms`)
    }
  }

  /** Its term was ended by somebody else, or was long enough; or a failover's placeholder was renewed since. */
  backsOff(by: CandidateState, nowMs: number): void {
    const { leaseDurationMs, retryPeriodMs } = this.#timings
    const periodMs = leaseDurationMs + LONGEST_POLL * retryPeriodMs + ROUND_TRIP_MS
    by.backsOffUntilMs = Math.max(by.backsOffUntilMs, nowMs + periodMs / by.process.rate)
  }

  /** Its machine has woken: it backs off on a clock that stood still. */
  slept(by: CandidateState, fromMs: number, nowMs: number): void {
    if (by.backsOffUntilMs > fromMs) by.backsOffUntilMs += nowMs - fromMs
  }

  #beginsToBackOff(by: CandidateState, nowMs: number): void {
    by.backedOffSinceMs = nowMs
    this.backsOff(by, nowMs)
  }

  told(term: ActingTerm, nowMs: number): void {
    if (BACKS_OFF_AFTER.has(term.reason)) this.#beginsToBackOff(term.by, nowMs)
    if (term.reason === 'work-ended') term.by.leavingSinceMs ??= nowMs
  }

  settled({ by, reason }: ActingTerm, nowMs: number): void {
    if (reason === 'max-hold') this.#beginsToBackOff(by, nowMs)
  }

  /** To be called before anything begins or ends that the rules look at. */
  check(candidates: readonly CandidateState[], nowMs: number): void {
    for (const by of candidates) {
      if (by.kind !== 'ours' || by.process.state !== 'running') continue
      if (by.leavingSinceMs === null) this.#checkStanding(by, nowMs)
      else this.#checkLeaving(by, by.leavingSinceMs, nowMs)
    }
  }

  /** It has left the election by itself. */
  left(by: CandidateState, nowMs: number): void {
    const { object, ownerName } = this.#situation
    if (by.kind !== 'ours' || !by.releaseOnCancel || ownerName !== by.process.name || object?.record.holderIdentity !== by.identity) return
    // It can give back what it has heard of.
    if (by.newestSerial < object.serial) return
    const sinceMs = Math.max(by.leavingSinceMs ?? nowMs, by.term?.settledAtMs ?? 0)
    if (this.#wasHealthyFrom(by, sinceMs)) this.#violation(`L: ${by.process.name} left, and did not release what was its own`)
  }

  #checkStanding(by: CandidateState, nowMs: number): void {
    const { object, sinceMs, heldFromMs, heldForMs, ownerName, isRestored, isByHand, hasGoneBack } = this.#situation
    const { retryPeriodMs } = this.#timings
    const { term } = by
    const pollMs = LONGEST_POLL * retryPeriodMs + 4 * ROUND_TRIP_MS
    // An unhealthy candidate leaves a free lease to others for so long.
    const graceMs = by.graceMs ?? 0
    const isOwn = ownerName === by.process.name && object?.record.holderIdentity === by.identity
    if (term && term.toldAtMs === null) {
      if (isOwn) this.#within(by, nowMs, { what: 'renew', fromMs: sinceMs, boundMs: retryPeriodMs + pollMs })
      return
    }
    if (term && term.settledAtMs === null) return
    const fromMs = Math.max(sinceMs, by.backsOffUntilMs, term?.settledAtMs ?? 0)
    // A write that was given up long ago may be applied yet: it is then a stranger's. So is what a failover puts back
    // after somebody else had put it there.
    const { atMs, sentAtMs } = by.lastApplied ?? { atMs: 0, sentAtMs: 0 }
    const mayBeStrange =
      hasGoneBack || isByHand || (atMs - sentAtMs) * by.process.rate > this.#timings.renewDeadlineMs / 2
    // What a failover hands to an unhealthy candidate, it leaves to expire.
    const isLeft = graceMs > 0 && object?.handedOver === true
    if (isOwn && !isRestored && !isLeft && term !== null && term.settledAtMs !== null && term.startedAtMs <= sinceMs) {
      // What has run out need not be released.
      const hasRunOut = (this.#healthyFromMs(by) - sinceMs) * by.process.rate >= heldForMs
      if (by.releaseOnCancel && !hasRunOut && !mayBeStrange) this.#within(by, nowMs, { what: 'release', fromMs, boundMs: pollMs })
      return
    }
    if (isOwn) {
      const boundMs = 2 * pollMs + (mayBeStrange || graceMs > 0 ? heldForMs : 0) + graceMs
      return this.#within(by, nowMs, { what: isRestored ? 'lead again' : 'lead', fromMs, boundMs })
    }
    if (isRelease(object?.record ?? null) && object) {
      return this.#within(by, nowMs, { what: 'take what is free', fromMs, boundMs: 2 * pollMs + graceMs })
    }
    // What it saw, it may have seen late: while its work winds down it reads nothing. It backs off beside that, not
    // after it.
    const seenAtMs = Math.max(heldFromMs, by.healthySinceMs, term?.settledAtMs ?? 0)
    const dueMs = Math.max(seenAtMs + heldForMs / by.process.rate, fromMs)
    this.#within(by, nowMs, { what: 'take over', fromMs: dueMs, boundMs: 2 * pollMs + graceMs })
  }

  #checkLeaving(by: CandidateState, leavingSinceMs: number, nowMs: number): void {
    const { term } = by
    if (term && term.settledAtMs === null) return
    const fromMs = Math.max(leavingSinceMs, term?.settledAtMs ?? 0)
    this.#within(by, nowMs, { what: 'leave', fromMs, boundMs: this.#timings.retryPeriodMs + 6 * ROUND_TRIP_MS })
  }

  /** @param rule.boundMs of the candidate's clock, from `fromMs` or from when nothing was wrong with it any more */
  #within(by: CandidateState, nowMs: number, rule: { readonly what: string; readonly fromMs: number; readonly boundMs: number }): void {
    const fromMs = Math.max(rule.fromMs, this.#healthyFromMs(by))
    const tookMs = (nowMs - fromMs) * by.process.rate
    if (tookMs <= rule.boundMs) return
    const key = `${by.process.name} ${rule.what} ${rule.fromMs}`
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.#violation(`L: ${by.process.name} did not ${rule.what} within ${Math.round(rule.boundMs)} ms (${Math.round(tookMs)} ms)`)
  }

  /** From when on a request that hangs is no excuse any more: it has been given up by then. */
  #healthyFromMs(by: CandidateState): number {
    return by.healthySinceMs + this.#timings.renewDeadlineMs / 2 / by.process.rate
  }

  #wasHealthyFrom(by: CandidateState, sinceMs: number): boolean {
    return this.#healthyFromMs(by) <= sinceMs
  }
}
