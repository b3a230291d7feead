import { LATE_AFTER, type Moment } from '../status.ts'

/** What was the matter with an election for a while. A span without an end lasts. */
export interface LeadershipSpan {
  /**
   * `led`: somebody held a lease that was in force; `expired`: it had run out, and nobody had taken over; `free`:
   * released; `blocked`: a failover's placeholder kept everybody out; `absent`: the object was deleted.
   */
  readonly kind: 'led' | 'expired' | 'free' | 'blocked' | 'absent'
  /** Who led, or had led where the lease ran out; the placeholder in block; else empty. */
  readonly holderIdentity: string
  readonly leaseDurationMs: number | null
  readonly from: Moment
  readonly to: Moment | null
  /** Whether its beginning was seen as it happened; else it began some time before. */
  readonly isStartSeen: boolean
}

/** One renewal, as it was seen. */
export interface Renewal {
  readonly at: Moment
  readonly holderIdentity: string
  /** Milliseconds since the change of the record before it; null where that was not seen as it happened. */
  readonly intervalMs: number | null
  readonly leaseDurationMs: number | null
}

/** That leadership began anew: with another leader, or with the same one, who had lost it. */
export interface LeadershipChange {
  readonly at: Moment
  /** Who led last, as far as was seen; empty where nobody did. */
  readonly from: string
  readonly to: string
  /**
   * How the leadership before ended: `released`, `expired`, `deleted` (the object), `failover` (a placeholder took its
   * place), `taken` (another was written over a lease in force), or `unseen`.
   */
  readonly how: 'released' | 'expired' | 'deleted' | 'failover' | 'taken' | 'unseen'
  /** Milliseconds in which no lease was in force, from the end of the last to the new leader's first write. */
  readonly leaderlessMs: number | null
  /** How many more changes of holder the transitions count proves since the last hand-over that was seen. */
  readonly unseenTransitions: number
}

/** A span in which nothing is known. */
export interface DisconnectedSpan {
  readonly from: Moment
  readonly to: Moment | null
  readonly reason: string
}

/** All that a `Timeline` knew at one moment: plain data, oldest first. */
export interface TimelineSnapshot {
  readonly now: Moment
  /** From when on nothing is missing here; null before anything was read. */
  readonly completeFrom: Moment | null
  readonly spans: readonly LeadershipSpan[]
  readonly renewals: readonly Renewal[]
  readonly transitions: readonly LeadershipChange[]
  readonly disconnected: readonly DisconnectedSpan[]
  /** When the record last changed; null where that is not known now. */
  readonly lastChange: Moment | null
}

/** How a renewal stood against its lease: `late` after two thirds of the duration, `expired` after the whole. */
export type Lateness = 'on-time' | 'late' | 'expired' | 'unknown'

export function latenessOf({ intervalMs, leaseDurationMs }: Pick<Renewal, 'intervalMs' | 'leaseDurationMs'>): Lateness {
  if (intervalMs === null || leaseDurationMs === null) return 'unknown'
  if (intervalMs >= leaseDurationMs) return 'expired'
  return intervalMs >= leaseDurationMs * LATE_AFTER ? 'late' : 'on-time'
}

/** Whether a renewal came so late that another candidate was about to take over, or might have. */
export function isNearMiss(renewal: Renewal): boolean {
  const lateness = latenessOf(renewal)
  return lateness === 'late' || lateness === 'expired'
}
