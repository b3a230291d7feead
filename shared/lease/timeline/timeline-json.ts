import type { ElectionRef } from '../election-ref.ts'
import type { Moment } from '../status.ts'
import { latenessOf, type TimelineSnapshot } from './snapshot.ts'

/** The election of a timeline. */
export interface TimelineSubject extends ElectionRef {
  /** The kubeconfig context, or another name of the cluster. */
  readonly context: string
}

/**
 * Converts a timeline to an object for programs, of `apiVersion: leader.kubectl.dev/v1alpha1` and kind `ElectionTimeline`:
 *
 * ```
 * context lock namespace name
 * completeFrom recordedUntil (RFC 3339; between them, only the `disconnected` periods are missing)
 * renewalsCompleteFrom (before it, only some of the renewals are listed; null: none are missing)
 * spans[{kind(led|expired|free|blocked|absent), holderIdentity, leaseDurationSeconds, from, to|null, durationMs,
 *   isStartSeen}]
 * renewals[{time, holderIdentity, intervalMs|null, leaseDurationSeconds|null, lateness(on-time|late|expired|unknown)}]
 * transitions[{time, from, to, how(released|expired|deleted|failover|taken|unseen), leaderlessMs|null, unseenTransitions}]
 * disconnected[{from, to|null, reason}]
 * ```
 *
 * All times are by the clock of the machine that watched, and durations by its monotonic clock. Text from the cluster is not
 * escaped.
 */
export function timelineJson(subject: TimelineSubject, snapshot: TimelineSnapshot): object {
  const { now } = snapshot
  const { context, lock, namespace, name } = subject
  return {
    apiVersion: 'leader.kubectl.dev/v1alpha1',
    kind: 'ElectionTimeline',
    context,
    lock,
    namespace,
    name,
    completeFrom: time(snapshot.completeFrom),
    recordedUntil: time(now),
    renewalsCompleteFrom: time(snapshot.renewalsFrom),
    spans: snapshot.spans.map(({ kind, holderIdentity, leaseDurationMs, from, to, isStartSeen }) => ({
      kind,
      holderIdentity,
      leaseDurationSeconds: seconds(leaseDurationMs),
      from: time(from),
      to: time(to),
      durationMs: Math.round((to ?? now).monotonicMs - from.monotonicMs),
      isStartSeen,
    })),
    renewals: snapshot.renewals.map((renewal) => ({
      time: time(renewal.at),
      holderIdentity: renewal.holderIdentity,
      intervalMs: renewal.intervalMs === null ? null : Math.round(renewal.intervalMs),
      leaseDurationSeconds: seconds(renewal.leaseDurationMs),
      lateness: latenessOf(renewal),
    })),
    transitions: snapshot.transitions.map(({ at, from, to, how, leaderlessMs, unseenTransitions }) => ({
      time: time(at),
      from,
      to,
      how,
      leaderlessMs: leaderlessMs === null ? null : Math.round(leaderlessMs),
      unseenTransitions,
    })),
    disconnected: snapshot.disconnected.map(({ from, to, reason }) => ({ from: time(from), to: time(to), reason })),
  }
}

function time(moment: Moment | null): string | null {
  return moment && new Date(moment.wallMs).toISOString()
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
