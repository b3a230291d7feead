import type { Holder, Owner } from '../../cluster/holders/holder.ts'
import type { LeadershipEvent } from '../../cluster/elections/leadership-events.ts'
import type { NodeFacts } from '../../cluster/holders/nodes.ts'
import type { Election } from '../../lease/election.ts'
import type { LockKind } from '../../lease/election-ref.ts'
import type { Moment, Status } from '../../lease/status.ts'
import type { Observation } from '../../lease/observation.ts'
import type { Finding } from './finding.ts'
import type { Trail } from './trail.ts'

/** A present or recent holder whose Pod still exists. */
export interface KnownHolder {
  readonly identity: string
  readonly pod: string
  /** The topmost controller of the Pod, if it is known for certain; otherwise null. */
  readonly owner: Owner | null
}

/** The permissions of a service account in an election. */
export interface AccountAccess {
  readonly serviceAccount: string
  readonly namespace: string
  /** The verbs that a candidate needs on the election's object, and whether they are allowed. */
  readonly verbs: Readonly<Record<'get' | 'update' | 'create', boolean>>
  readonly mayRecordEvents: boolean
}

/** Everything that was found out about one election. */
export interface ElectionEvidence {
  readonly election: Election
  readonly status: Status
  readonly observation: Observation
  readonly trail: Trail
  readonly holder: Holder | null
  /** The holder's Node, if it was read; `absent` if no Node has that name. */
  readonly node: NodeFacts | 'absent' | null
  /** Recent leaders, from Events; empty if Events could not be read. */
  readonly events: readonly LeadershipEvent[]
  readonly knownHolders: readonly KnownHolder[]
  /** How many Pods are running of a workload whose name is exactly the holder identity. */
  readonly namesakePods: number
  /** The permissions of the holder's service account; null if it has none, or if they could not be checked. */
  readonly account: AccountAccess | null
  /** The kind of the other half of a multi-lock; null if there is none, or if it could not be read. */
  readonly otherHalf: LockKind | 'unknown' | null
}

/** What was found out about the cluster and this machine. */
export interface Surroundings {
  readonly now: Moment
  /** How long the elections were observed, in milliseconds. */
  readonly observedForMs: number
  /** The median response time of the API server, in milliseconds; null if it was not measured. */
  readonly apiLatencyMs: number | null
  /** How many milliseconds this machine's clock is ahead of the API server's; null if that is not known. */
  readonly aheadOfServerMs: number | null
}

/** Finds one family of problems. */
export type Check = (evidence: ElectionEvidence, around: Surroundings) => Iterable<Finding>
