import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Advised } from '../../remedy.ts'
import type { FailoverEvent, FailoverResult } from '../failover/failover-events.ts'
import type { FailoverPlan } from '../failover/failover-plan.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { OverwrittenLease } from './overwritten-leases.ts'

/**
 * How a round ends the leader's term: a failover that blocks the lease (`handover`), the deletion or the eviction of its Pod,
 * or a command of the user (`crash`).
 */
export type RoundKind = 'handover' | 'delete-pod' | 'evict' | 'crash'
export const ROUND_KINDS: readonly RoundKind[] = ['handover', 'delete-pod', 'evict', 'crash']

/** What a command of the user is told of the round. */
export interface RoundContext {
  readonly round: number
  readonly kind: RoundKind
  readonly place: ElectionRef
  /** The leader before the round. */
  readonly from: string
  /** The Pod of that leader; null if it is not known. */
  readonly pod: string | null
  /** The leader after the round; empty before that is known. */
  readonly to: string
}

/** When a check runs. */
export type CheckPhase = 'before' | 'during' | 'after'
/** What a check says: the program works, it does not (yet), or something unsafe has happened. */
export type CheckAnswer = 'works' | 'fails' | 'unsafe'
export interface CheckContext extends RoundContext {
  readonly phase: CheckPhase
}

export interface RehearsalRequest {
  readonly place: ElectionRef
  readonly rounds: number
  /** The kinds of the rounds, in turn. */
  readonly kinds: readonly RoundKind[]
  /** Runs a check of the user. Absent: whether the program works is not judged. */
  readonly check?: ((context: CheckContext) => Promise<CheckAnswer>) | undefined
  /** Crashes the leader, for rounds of the kind `crash`. False: it could not. */
  readonly crash?: ((context: RoundContext) => Promise<boolean>) | undefined
  /** Judges the writes of deposed leaders. */
  readonly audit?: AuditTrail | undefined
  /** The longest time without a leader, and until the check succeeds again, that is accepted; milliseconds. */
  readonly maxGapMs?: number | undefined
  /** How long to wait before a round until as many candidates are Ready as at first; milliseconds. */
  readonly readyTimeoutMs: number
  readonly isForced?: boolean
  readonly reason?: string | undefined
  readonly actor: string
}

/** A rehearsal that is not begun, with the reason in a sentence or two. No changes were made. */
export class RehearsalRefused extends Error {
  override readonly name = 'RehearsalRefused'
  readonly remedy: Advised['remedy']

  constructor(message: string, remedy?: Advised['remedy']) {
    super(message)
    this.remedy = remedy
  }
}

/** A rehearsal that can begin. No changes were made. */
export interface RehearsalPlan {
  readonly request: RehearsalRequest
  /** What the first round of each kind would do, if it were the next one. */
  readonly plans: readonly FailoverPlan[]
  /** Ready candidates, by their Pods; 0 if no Pod is known: then it is not judged whether they come back. */
  readonly candidates: number
}

/**
 * What is wrong with a rehearsal. The codes are stable, for programs.
 *
 * - `unsafeCheck`: the check reported something unsafe. `deposedWrite`: a deposed leader wrote the lease while the lease of
 *   another leader had not expired.
 * - `checkFailedBefore`, `checkNotRecovered`: the check failed before a round, or has not succeeded in time after it.
 * - `gapTooLong`: there was no leader for too long. `notLed`: the round ended without a new leader.
 * - `stillLeads`: the leader was not ended by what should have ended it. `crashFailed`: the command to do so failed.
 *   `evictionRefused`: a PodDisruptionBudget did not allow the eviction.
 * - `candidateMissing`: not as many candidates are Ready as at first.
 * - `auditIncomplete`: the audit log does not show the writes of the round. `refused`: the failover was refused.
 *   `serverFailed`: the API server failed, or could not be reached.
 */
export type RehearsalFailure =
  | 'unsafeCheck'
  | 'deposedWrite'
  | 'checkFailedBefore'
  | 'checkNotRecovered'
  | 'gapTooLong'
  | 'notLed'
  | 'stillLeads'
  | 'crashFailed'
  | 'evictionRefused'
  | 'candidateMissing'
  | 'auditIncomplete'
  | 'refused'
  | 'serverFailed'

export interface Failure extends Advised {
  readonly code: RehearsalFailure
}

export interface Round {
  readonly number: number
  readonly kind: RoundKind
  /** When it began, by the wall clock: RFC 3339. Null if it did not: then its failures say why. */
  readonly startedAt: string | null
  /** The leader before it; empty if the round did not begin. */
  readonly from: string
  /** How long the round waited until as many candidates were Ready as at first; milliseconds. No part of the time without a leader. */
  readonly waitedMs: number
  /** Null if the failover did not run, or its outcome is not known. */
  readonly result: FailoverResult | null
  /** The time from the beginning until the check succeeded after the round; null without a check, or if it did not. */
  readonly recoveredMs: number | null
  readonly failures: readonly Failure[]
}

/** Whether the leader lost the lease in a round. Otherwise there was no old leader to judge. */
export function leaderLostIn({ result, failures }: Round): boolean {
  return result !== null && result.outcome !== 'aborted' && !failures.some(({ code }) => code === 'stillLeads')
}

/** How long something took in the rounds of one kind; milliseconds. */
export interface Spread {
  readonly kind: RoundKind
  readonly rounds: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly longestMs: number
}

export interface RehearsalReport {
  readonly place: ElectionRef
  /** What was asked for. */
  readonly requested: { readonly rounds: number; readonly kinds: readonly RoundKind[]; readonly maxGapMs: number | null }
  /** By the wall clock: RFC 3339. */
  readonly startedAt: string
  readonly tookMs: number
  readonly rounds: readonly Round[]
  /** The time without a leader, at most. */
  readonly gaps: readonly Spread[]
  /** The time until the check succeeded again. */
  readonly recoveries: readonly Spread[]
  /** See {@link RehearsalPlan.candidates}. */
  readonly candidatesAtFirst: number
  /** Whether an old leader acted after its loss, as far as `judgedBy` can tell. */
  readonly oldLeaderActed: 'no' | 'yes' | 'not judged'
  /** What judged it: a check that succeeded, or reported something unsafe, after a leader lost the lease; an audit log that shows its writes. */
  readonly judgedBy: readonly ('check' | 'audit')[]
  readonly deposedWrites: readonly OverwrittenLease[]
  /** Whether all rounds ran, and none has a failure. */
  readonly isPassed: boolean
  /** Whether it ended because the signal was aborted. */
  readonly isInterrupted: boolean
}

/** The events of a rehearsal. */
export type RehearsalEvent =
  /** Fewer candidates are Ready than at first. `missing` are the Pods that are not Ready. */
  | { readonly type: 'waiting'; readonly number: number; readonly ready: number; readonly wanted: number; readonly missing: readonly string[] }
  /** The leader's renewals are observed, and then the check runs. */
  | { readonly type: 'preparing'; readonly number: number; readonly kind: RoundKind }
  | { readonly type: 'round-begun'; readonly number: number; readonly kind: RoundKind; readonly plan: FailoverPlan }
  | { readonly type: 'progress'; readonly number: number; readonly plan: FailoverPlan; readonly event: FailoverEvent }
  /** There is a new leader. The check is repeated until it succeeds, for at most `limitMs`. */
  | { readonly type: 'recovering'; readonly number: number; readonly limitMs: number }
  | { readonly type: 'reading-audit'; readonly number: number }
  | { readonly type: 'round-ended'; readonly round: Round }

/** The spread by kind of a time that rounds took. */
export function spreadsOf(rounds: readonly Round[], timeMs: (round: Round) => number | null): readonly Spread[] {
  return ROUND_KINDS.flatMap((kind) => {
    const times = rounds.flatMap((round) => (round.kind === kind ? (timeMs(round) ?? []) : []))
    if (times.length === 0) return []
    const sorted = times.toSorted((a, b) => a - b)
    // The nearest rank.
    const rank = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!
    return [{ kind, rounds: sorted.length, medianMs: rank(0.5), p95Ms: rank(0.95), longestMs: sorted.at(-1)! }]
  })
}
