import type { Candidate } from '../../candidates/candidate.ts'
import type { Holder, Owner } from '../../cluster/holders/holder.ts'
import type { NodeFacts } from '../../cluster/holders/nodes.ts'
import type { Election } from '../../lease/election.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Advised, Remedy } from '../../remedy.ts'
import type { Acquisition } from './acquisition.ts'
import { Phrase, saying } from '../../phrase.ts'

/**
 * A failover to a candidate whose identity is not known: the lease is released, and the first candidate to acquire it is
 * drawn. If it is another one, the failover draws again.
 */
export interface Draw {
  /** The maximum number of tries. */
  readonly tries: number
  /** The candidates that end the draw. */
  readonly accepted: readonly Candidate[]
  /** How many candidates each try draws from: all known ones, without the leader. */
  readonly among: number
  /**
   * The probability that one of the tries draws an accepted candidate, if all are equally fast, and the old leader takes part
   * each time, restarted perhaps.
   */
  readonly chance: number
  /** The same if the old leader never takes part. */
  readonly mostChance: number
  /** The expected number of tries, if the old leader takes part. */
  readonly expectedTries: number
  /** The expected time of these tries; milliseconds. */
  readonly expectedMs: number
}

/** The election to move, and how. */
export interface FailoverRequest {
  readonly place: ElectionRef
  /**
   * The candidate to hand leadership over to: its holder identity, `pod/NAME`, or the name of its Pod. Absent: the first
   * candidate to acquire the lease.
   */
  readonly to?: string | undefined
  /** Names of Nodes that the next leader must not run on. */
  readonly notOn?: readonly string[] | undefined
  /** Zones that the next leader must not run in. */
  readonly notIn?: readonly string[] | undefined
  /**
   * How often to try, at most, if the identity of the wanted candidate is not known (1 to 3). Absent: such a `to` is refused,
   * and with `notOn` or `notIn`, there is one try.
   */
  readonly tries?: number | undefined
  /** Whether `to` is a candidate of this process, and so is known to run. */
  readonly isOwnCandidate?: boolean
  /**
   * The maximum time to block the lease, counted from when the placeholder is known to be written; milliseconds. The block
   * ends earlier if the old leader is proven to have stopped. Absent: its lease duration plus one renewal interval.
   */
  readonly blockMs?: number | undefined
  /** How long to wait for a new leader after the release; milliseconds. Absent: see {@link FailoverPlan.timeoutMs}. */
  readonly timeoutMs?: number | undefined
  /** Delete the leader's Pod instead of blocking the lease. The candidates then elect a new leader on their own. */
  readonly deletesPod?: boolean
  /** With `deletesPod`: evict the Pod, so that PodDisruptionBudgets count. */
  readonly evicts?: boolean
  /** Allow a lease that is not a leader election (category node, apiserver, other), and a `to` that nothing confirms. */
  readonly isForced?: boolean
  /** The reason to record in the Events. */
  readonly reason?: string | undefined
  /** The user to record in the Events: `alice@laptop`. */
  readonly actor: string
}

/** A risk or side effect of a failover, which the user should know before confirming it. */
export type FailoverCaution = Advised & CautionFacts

/**
 * What a caution is about. The codes are stable, for programs.
 *
 * - `noOtherCandidate`: no other candidate is known. It needs a confirmation of its own: see {@link FailoverPlan.isOtherKnown}.
 * - `unknownTarget`: nothing is known of the identity `to`.
 * - `onlyEvent`: only an Event of the time `toldAt` tells of `to`; the process may have ended since.
 * - `shortBlock`: the block of `blockMs` is shorter than the `safeMs` after which any leader must have stopped. There can be
 *   two leaders.
 * - `restarts`: most programs exit when they lose the lease, and are then restarted.
 * - `mayReturn`: the old leader can acquire the lease again.
 * - `notALease`: it is not a leader election (forced).
 */
export type CautionFacts =
  | { readonly code: 'shortBlock'; readonly blockMs: number; readonly safeMs: number }
  | { readonly code: 'unknownTarget'; readonly to: string }
  | { readonly code: 'onlyEvent'; readonly to: string; readonly toldAt: string | null }
  | { readonly code: 'noOtherCandidate' | 'restarts' | 'mayReturn' | 'notALease' }

/** A failover that can begin: what was read and observed, and what will happen. No changes were made. */
export interface FailoverPlan {
  readonly request: FailoverRequest
  /** As it was last read before the plan was made. */
  readonly election: Election
  /** The current leader, which was observed renewing the lease. */
  readonly from: string
  /** Identifies the leader's term. If it has changed when the plan is carried out, no changes are made. */
  readonly acquisition: Acquisition
  /** The candidate to hand leadership over to; null: the first candidate to acquire the lease. */
  readonly to: string | null
  /** The same as a candidate; null if none is named, or if nothing confirms that it exists. */
  readonly target: Candidate | null
  /** If the identity of the wanted candidate is not known, how the next leader is drawn; otherwise null. */
  readonly draw: Draw | null
  /** The current leader's Pod, as far as it is known. */
  readonly holder: Holder | null
  readonly node: NodeFacts | null
  readonly owners: readonly Owner[]
  /** Other candidates, and Pods that may run one. A lease does not record standbys. */
  readonly candidates: readonly Candidate[]
  /**
   * Whether any other candidate is known that could take over: `to`, or another candidate that has a Pod, or announced
   * itself. If not, the caller should ask for a separate confirmation.
   */
  readonly isOtherKnown: boolean
  readonly leaseDurationMs: number
  /** The longest observed time between two renewals. */
  readonly renewIntervalMs: number
  /** The maximum time to block the lease. */
  readonly blockMs: number
  /** The placeholder's lease duration. If this process dies, the lease stays blocked for this long after the last renewal. */
  readonly placeholderMs: number
  /** How long to wait for a new leader after the release. */
  readonly timeoutMs: number
  /** The expected time without a leader: with a leader that acknowledges, and with any other. */
  readonly expectedLeaderlessMs: { readonly leastMs: number; readonly mostMs: number }
  readonly cautions: readonly FailoverCaution[]
  /** What could not be read, in sentences. */
  readonly gaps: readonly Advised[]
}

/**
 * Why a failover was refused. No changes were made.
 *
 * - `category`: the lease is not a leader election (can be overridden: `isForced`).
 * - `coordinated`, `multilock`, `deleting`: see `Refusal`.
 * - `free`: the lease has no holder. `moved`: leadership has just moved. `changed`: since the plan was made, the holder has
 *   acquired the lease again, or changed its lease duration. `expired`: the holder does not renew the lease; release it
 *   instead. `underway`: another failover, or a block for maintenance, blocks the lease. `invalid`: the record has no lease duration to wait for.
 * - `sameHolder`: `to` is already the leader. `unknownTarget`: nothing confirms that there is such a candidate (an identity
 *   can be forced: `isForced`), or its identity is not known. `noneElsewhere`: no other candidate is known to run outside
 *   of `notOn` and `notIn`. `tooManyCandidates`: there are too many to draw the wanted one by several `tries`.
 * - `podUnknown`, `staticPod`: with `deletesPod`, if the Pod is not known exactly, or deleting it does not stop it.
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
  | 'noneElsewhere'
  | 'tooManyCandidates'
  | 'podUnknown'
  | 'staticPod'
  | 'request'

/** A failover that is not begun, with the reason in a sentence or two. Text from the cluster is in it as it is there. */
export class FailoverRefused extends Error {
  override readonly name = 'FailoverRefused'
  readonly kind: FailoverRefusal
  readonly remedy: Remedy | undefined

  constructor(kind: FailoverRefusal, message: Phrase | string, remedy?: Remedy) {
    super(String(message))
    this.kind = kind
    this.remedy = remedy
    if (message instanceof Phrase) saying(this, message)
  }
}
