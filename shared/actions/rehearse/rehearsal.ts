import type { ElectionRef } from '../../lease/index.ts'
import type { FailoverResult } from '../failover/failover-events.ts'
import type { OverwrittenLease } from './overwritten-leases.ts'

/** How a round moves leadership. */
export type RoundKind = 'handover' | 'delete-pod'
export const ROUND_KINDS: readonly RoundKind[] = ['handover', 'delete-pod']

/** When a check runs. */
export type CheckPhase = 'before' | 'during' | 'after'
/** What a check says: the program works, it does not (yet), or something unsafe has happened. */
export type CheckAnswer = 'works' | 'fails' | 'unsafe'
export interface CheckContext {
  readonly phase: CheckPhase
  readonly round: number
  readonly kind: RoundKind
  readonly place: ElectionRef
  /** The leader before the round. */
  readonly from: string
  /** The leader after it; empty before that is known. */
  readonly to: string
}

export interface RehearsalRequest {
  readonly place: ElectionRef
  readonly rounds: number
  /** The kinds of the rounds, in turn. */
  readonly kinds: readonly RoundKind[]
  /** Runs a check of the user. Absent: whether the program works is not judged. */
  readonly check?: ((context: CheckContext) => Promise<CheckAnswer>) | undefined
  /** The longest time without a leader, and until the check succeeds again, that is accepted; milliseconds. */
  readonly maxGapMs?: number | undefined
  /** How long to wait before a round until as many candidates are Ready as at first; milliseconds. */
  readonly readyTimeoutMs: number
  readonly isForced?: boolean
  readonly reason?: string | undefined
  readonly actor: string
}

/** What is wrong with a rehearsal. The codes are stable, for programs. */
export type RehearsalFailure =
  | 'checkFailedBefore'
  | 'refused'
  | 'notLed'
  | 'gapTooLong'
  | 'checkNotRecovered'
  | 'candidateMissing'
  | 'unsafeCheck'
  | 'deposedWrite'

export interface Round {
  readonly number: number
  readonly kind: RoundKind
  /** How long the round waited until as many candidates were Ready as at first; milliseconds. No part of the time without a leader. */
  readonly waitedMs: number
  /** Null if the failover did not run. */
  readonly result: FailoverResult | null
  /** The time from the first write until the check succeeded after the round; null without a check, or if it did not. */
  readonly recoveredMs: number | null
  readonly failures: readonly { readonly code: RehearsalFailure; readonly message: string }[]
}

/** The time without a leader of the rounds of one kind; milliseconds. */
export interface Gap {
  readonly kind: RoundKind
  readonly rounds: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly longestMs: number
}

export interface RehearsalReport {
  readonly place: ElectionRef
  readonly rounds: readonly Round[]
  readonly gaps: readonly Gap[]
  /** Ready candidates at first, by their Pods; 0 if no Pod is known: then it is not judged whether they come back. */
  readonly candidatesAtFirst: number
  /** Whether an old leader acted after its loss, as far as a check judges it. */
  readonly oldLeaderActed: 'no' | 'yes' | 'not judged'
  readonly deposedWrites: readonly OverwrittenLease[]
  /** Whether all rounds ran, and none has a failure. */
  readonly isPassed: boolean
}

/** The events of a rehearsal. */
export type RehearsalEvent =
  | { readonly type: 'waiting'; readonly number: number; readonly ready: number; readonly wanted: number }
  | { readonly type: 'round-begun'; readonly number: number; readonly kind: RoundKind; readonly from: string }
  | { readonly type: 'round-ended'; readonly round: Round }

/** The gaps by kind. */
export function gapsOf(rounds: readonly Round[]): readonly Gap[] {
  return ROUND_KINDS.flatMap((kind) => {
    const sorted = rounds.flatMap((round) => (round.kind === kind ? (round.result?.leaderlessMs ?? []) : [])).toSorted((a, b) => a - b)
    if (sorted.length === 0) return []
    const rank = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!
    return [{ kind, rounds: sorted.length, medianMs: rank(0.5), p95Ms: rank(0.95), longestMs: sorted.at(-1)! }]
  })
}
