import type { Holder, Owner } from '../../cluster/holders/holder.ts'
import type { LeadershipEvent } from '../../cluster/elections/leadership-events.ts'
import type { NodeFacts } from '../../cluster/holders/nodes.ts'
import type { Election, LockKind, Moment, Observation, Status } from '../../lease/index.ts'
import type { Finding } from './finding.ts'
import type { Trail } from './trail.ts'

/** One who held an election lately, or holds it, and whose Pod is still there. */
export interface KnownHolder {
  readonly identity: string
  readonly pod: string
  /** The top of what controls the Pod, where that is known for sure; null otherwise. */
  readonly owner: Owner | null
}

/** What a service account may do in an election; null of what could not be asked. */
export interface AccountAccess {
  readonly serviceAccount: string
  readonly namespace: string
  /** The verbs that an elector needs on the election's object, and whether it has them. */
  readonly verbs: Readonly<Record<'get' | 'update' | 'create', boolean>>
  readonly mayRecordEvents: boolean
}

/** All that was found out about one election. */
export interface ElectionEvidence {
  readonly election: Election
  readonly status: Status
  readonly observation: Observation
  readonly trail: Trail
  readonly holder: Holder | null
  /** The Node that the holder runs on, where it was read; `absent` where there is none of that name. */
  readonly node: NodeFacts | 'absent' | null
  /** Who led it lately, as Events tell; empty where none could be read. */
  readonly events: readonly LeadershipEvent[]
  readonly knownHolders: readonly KnownHolder[]
  /** How many live Pods there are of a workload that is called exactly as the holder calls itself. */
  readonly namesakePods: number
  /** What the holder's service account may do; null where it has none, or that could not be asked. */
  readonly account: AccountAccess | null
  /** Where the same candidates keep this election as well; null where they don't, or that could not be read. */
  readonly otherHalf: Exclude<LockKind, 'redis'> | 'unknown' | null
}

/** What was found out beside the elections. */
export interface Surroundings {
  readonly now: Moment
  /** For how long elections were observed, in milliseconds. */
  readonly observedForMs: number
  /** The median time that the API server took to answer, in milliseconds; null where it was not measured. */
  readonly apiLatencyMs: number | null
  /** By how many milliseconds this machine's clock is ahead of the API server's; null where that is not known. */
  readonly aheadOfServerMs: number | null
}

/** Looks for one family of faults. */
export type Check = (evidence: ElectionEvidence, around: Surroundings) => Iterable<Finding>
