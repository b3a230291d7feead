import type { LeaseCandidate } from '../cluster/elections/lease-candidates.ts'
import type { NodeFacts } from '../cluster/holders/nodes.ts'
import type { PodFacts } from '../cluster/holders/pods.ts'

/**
 * From where the identity of a candidate is known.
 *
 * - `record`: the lease names it as its holder.
 * - `leaseCandidate`: a LeaseCandidate has this name.
 * - `announcement`: a kubectl-leader candidate announced itself with an Event.
 * - `leadership`: an Event says that it became the leader.
 * - `format`: the leader's identity consists of its Pod's name, namespace or UID alone, so those of its siblings do, too.
 */
export type IdentitySource = 'record' | 'leaseCandidate' | 'announcement' | 'leadership' | 'format'

/**
 * Why the identity of a candidate is not known.
 *
 * - `notLed`: no Event tells it. A client-go candidate publishes its identity only when it leads, and the API server
 *   deletes Events (by default, after an hour).
 * - `restarted`: an Event tells an identity, but a container of the Pod was started after it, or does not run.
 */
export type UnknownIdentity = 'notLed' | 'restarted'

/** Whether only an Event tells of a candidate, whose process may have ended since. */
export function isKnownFromEvent({ pod, source }: Pick<Candidate, 'pod' | 'source'>): boolean {
  return pod === null && (source === 'announcement' || source === 'leadership')
}

/** A process that runs as a candidate, or a Pod that probably runs one. */
export interface Candidate {
  /** Null if it is not known: unless `unknown` is null. */
  readonly identity: string | null
  /** From where the identity is known; null if it is not. */
  readonly source: IdentitySource | null
  /** When the Event that tells the identity was recorded: RFC 3339. Null if none tells it, or the time is not known. */
  readonly toldAt: string | null
  /** Why the identity is not known; null if it is. */
  readonly unknown: UnknownIdentity | null
  /** Whether the record names it as the holder. */
  readonly isLeader: boolean
  /** Null if no Pod is known: it may run outside of the cluster. */
  readonly pod: PodFacts | null
  /** The Node of its Pod; null if it is not known, or could not be read. */
  readonly node: NodeFacts | null
  /** When an Event last said that the Pod or the identity became the leader: RFC 3339. Null if no Event says so. */
  readonly lastLed: string | null
  /** Its LeaseCandidate, in a coordinated election. */
  readonly leaseCandidate: LeaseCandidate | null
}
