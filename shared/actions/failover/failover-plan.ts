import type { Holder, Owner } from '../../cluster/holders/holder.ts'
import type { NodeFacts } from '../../cluster/holders/nodes.ts'
import type { PodFacts } from '../../cluster/holders/pods.ts'
import type { Election } from '../../lease/index.ts'
import type { DrivenPlace } from '../driven-election.ts'
import type { Advised, Remedy } from '../../remedy.ts'
import type { Acquisition } from './acquisition.ts'

/** What somebody wants to have moved, and how. */
export interface FailoverRequest {
  readonly place: DrivenPlace
  /** The holder identity of the candidate that is to lead; absent: whoever comes first. */
  readonly to?: string | undefined
  /** Whether `to` is a candidate that the caller stands itself: then it is known to stand. */
  readonly isOwnCandidate?: boolean
  /**
   * How long everybody is kept out, from when the placeholder is known to be written, unless the incumbent is proven to
   * have stopped before; milliseconds. Absent: its lease duration and one renewal interval.
   */
  readonly blockMs?: number | undefined
  /** How long to wait for a successor once the lease is free; milliseconds. Absent: {@link FailoverPlan.timeoutMs} says. */
  readonly timeoutMs?: number | undefined
  /** Delete the incumbent's Pod and let the election run its course, instead of keeping everybody out. */
  readonly deletesPod?: boolean
  /** Also a lease that is no election (category node, apiserver, other), and a `to` that nothing confirms. */
  readonly isForced?: boolean
  /** Why, for the Events. */
  readonly reason?: string | undefined
  /** Who, for the Events: `alice@laptop`. */
  readonly actor: string
}

/** Something about a failover that whoever orders it should know before. */
export type FailoverCaution = Advised & CautionFacts

/**
 * What a caution is about. The codes are stable, for programs.
 *
 * - `noOtherCandidate`: no other candidate is known. It needs a confirmation of its own: see {@link FailoverPlan.isOtherKnown}.
 * - `unknownTarget`: nothing is known of the identity `to`.
 * - `shortBlock`: the block of `blockMs` is shorter than the `safeMs` after which any leader must have stopped. There can be
 *   two leaders.
 * - `restarts`: most programs exit when they lose the lease, and are then restarted.
 * - `mayReturn`: the old leader can acquire the lease again.
 * - `notALease`: it is not a leader election (forced).
 */
export type CautionFacts =
  | { readonly code: 'shortBlock'; readonly blockMs: number; readonly safeMs: number }
  | { readonly code: 'unknownTarget'; readonly to: string }
  | { readonly code: 'noOtherCandidate' | 'restarts' | 'mayReturn' | 'notALease' }

/** A failover that could begin: what was read and observed, and what will happen. Nothing has been written. */
export interface FailoverPlan {
  readonly request: FailoverRequest
  /** As it was last read before the plan was made. */
  readonly election: Election
  /** The incumbent's identity, seen renewing the lease. */
  readonly from: string
  /** By this the incumbent is known again when the plan is carried out. If it has changed, nothing is written. */
  readonly acquisition: Acquisition
  /** Who is to lead; null: whoever comes first. */
  readonly to: string | null
  /** The incumbent's Pod, as far as is known. */
  readonly holder: Holder | null
  readonly node: NodeFacts | null
  readonly owners: readonly Owner[]
  /** Who else is known to stand, or may: the other Pods of the incumbent's owner. A lease's standbys leave no trace. */
  readonly candidates: readonly PodFacts[]
  /**
   * Whether anybody but the incumbent is known who could take over (a candidate, or `to`). Where not, whoever asks a
   * person has that confirmed by itself.
   */
  readonly isOtherKnown: boolean
  readonly leaseDurationMs: number
  /** The longest time between two renewals that was seen. */
  readonly renewIntervalMs: number
  /** How long everybody is kept out at most. */
  readonly blockMs: number
  /** The placeholder's lease duration: for so long after its last renewal it keeps everybody out if this process dies. */
  readonly placeholderMs: number
  /** How long a successor is waited for, once the lease is free. */
  readonly timeoutMs: number
  /** How long nobody will lead, if all goes as expected: with an incumbent that acknowledges, and with any other. */
  readonly expectedLeaderlessMs: { readonly leastMs: number; readonly mostMs: number }
  readonly cautions: readonly FailoverCaution[]
  /** What could not be read, in sentences. */
  readonly gaps: readonly string[]
}

/**
 * Why there is no failover; nothing was written.
 *
 * - `category`: it is no election (an override is thinkable: `isForced`).
 * - `coordinated`, `multilock`, `deleting`: see `Refusal`.
 * - `free`: nobody holds it. `moved`: it has just changed hands. `changed`: its holder has acquired it again, or has
 *   another lease duration, since the plan. `expired`: its holder does not renew it: release it
 *   instead. `underway`: another failover's placeholder holds it. `invalid`: its record gives no lease duration that
 *   could be waited for.
 * - `sameHolder`: `to` leads already. `unknownTarget`: nothing confirms that there is such a candidate (an override is
 *   thinkable: `isForced`).
 * - `podUnknown`, `staticPod`: with `deletesPod`, where the Pod is not known exactly, or deleting it does nothing.
 * - `request`: the request contradicts itself.
 */
export type FailoverRefusal =
  | 'category'
  | 'coordinated'
  | 'multilock'
  | 'deleting'
  | 'free'
  | 'moved'
  | 'changed'
  | 'expired'
  | 'underway'
  | 'invalid'
  | 'sameHolder'
  | 'unknownTarget'
  | 'podUnknown'
  | 'staticPod'
  | 'request'

/** A failover that is not begun, with the reason in a sentence or two. Text from the cluster is in it as it is there. */
export class FailoverRefused extends Error {
  override readonly name = 'FailoverRefused'
  readonly kind: FailoverRefusal
  readonly remedy: Remedy | undefined

  constructor(kind: FailoverRefusal, message: string, remedy?: Remedy) {
    super(message)
    this.kind = kind
    this.remedy = remedy
  }
}
