import { LATE_AFTER, type Moment } from '../status.ts'

/** The state of an election over a period of time. A span without an end is still going on. */
export interface LeadershipSpan {
  /**
   * `led`: a holder had a lease that was not expired. `expired`: the lease had expired, and no candidate had taken over.
   * `free`: the lease was released. `blocked`: a failover blocked the lease. `absent`: the object was deleted.
   */
  readonly kind: 'led' | 'expired' | 'free' | 'blocked' | 'absent'
  /** The leader, the last leader if the lease expired, or the placeholder if it was blocked; else empty. */
  readonly holderIdentity: string
  readonly leaseDurationMs: number | null
  readonly from: Moment
  readonly to: Moment | null
  /** Whether the beginning was observed; otherwise the span began some time earlier. */
  readonly isStartSeen: boolean
}

/** One observed renewal. */
export interface Renewal {
  readonly at: Moment
  readonly holderIdentity: string
  /** Milliseconds since the previous change of the record; null if that change was not observed. */
  readonly intervalMs: number | null
  readonly leaseDurationMs: number | null
}

/** A new term: of another leader, or of the same one after it had lost the lease. */
export interface LeadershipChange {
  readonly at: Moment
  /** The last observed leader before that; empty if there was none. */
  readonly from: string
  readonly to: string
  /**
   * How the previous term ended: `released`, `expired`, `deleted` (the object), `failover` (a placeholder replaced the
   * holder), `taken` (another holder was written before the lease expired), or `unseen`.
   */
  readonly how: 'released' | 'expired' | 'deleted' | 'failover' | 'taken' | 'unseen'
  /** Time without a leader in milliseconds, from the end of the previous lease to the new leader's first write. */
  readonly leaderlessMs: number | null
  /** How many more transitions happened unobserved since the last observed one, by the count in the record. */
  readonly unseenTransitions: number
}

/** A period without a connection, about which nothing is known. */
export interface DisconnectedSpan {
  readonly from: Moment
  readonly to: Moment | null
  readonly reason: string
}

/** Everything that a `Timeline` knew at one moment, as plain data, oldest first. */
export interface TimelineSnapshot {
  readonly now: Moment
  /** The time from which the snapshot is complete; null before the first reading. */
  readonly completeFrom: Moment | null
  /** The time from which all observed renewals are in `renewals`: before it, only some are; null: since `completeFrom`. */
  readonly renewalsFrom: Moment | null
  readonly spans: readonly LeadershipSpan[]
  readonly renewals: readonly Renewal[]
  readonly transitions: readonly LeadershipChange[]
  readonly disconnected: readonly DisconnectedSpan[]
  /** When the record last changed; null if that is not known at present. */
  readonly lastChange: Moment | null
}

/** When a renewal happened, relative to its lease: `late` after two thirds of the duration, `expired` after all of it. */
export type Lateness = 'on-time' | 'late' | 'expired' | 'unknown'

export function latenessOf({ intervalMs, leaseDurationMs }: Pick<Renewal, 'intervalMs' | 'leaseDurationMs'>): Lateness {
  if (intervalMs === null || leaseDurationMs === null) return 'unknown'
  if (intervalMs >= leaseDurationMs) return 'expired'
  return intervalMs >= leaseDurationMs * LATE_AFTER ? 'late' : 'on-time'
}

/** Whether a renewal was so late that another candidate could soon have taken over, or could have done so already. */
export function isNearMiss(renewal: Renewal): boolean {
  const lateness = latenessOf(renewal)
  return lateness === 'late' || lateness === 'expired'
}
