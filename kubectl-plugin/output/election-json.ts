import { holderWarnings } from '../../shared/cluster/holders/holder-warnings.ts'
import type { Holder, Owner } from '../../shared/cluster/holders/holder.ts'
import type { Basis, State, Status } from '../../shared/lease/status.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { recordWarnings, type Warning } from '../../shared/lease/warnings.ts'
import type { ElectionRow } from './election-row.ts'

/** The API version of all objects that `-o json` prints. */
export const API_VERSION = 'leader.kubectl.dev/v1alpha1'

/** The Pod, Node or API server behind a holder identity, and how certain that is. */
export interface HolderJson {
  /** `Pod`, `Node`, `APIServer` or `Unknown`. */
  readonly kind: string
  readonly namespace: string | null
  readonly name: string | null
  readonly node: string | null
  readonly confidence: 'exact' | 'derived' | 'none'
  /** The Deployment, StatefulSet… that the Pod belongs to. */
  readonly owner: Owner | null
}

/** A warning about an election; `code` is stable, for programs. */
export type WarningJson = Warning

/** One election in machine output. Only JSON escapes are applied to text from the cluster. */
export interface ElectionJson {
  readonly namespace: string
  readonly name: string
  readonly lock: LockKind
  readonly category: Category
  readonly holderIdentity: string
  readonly holder: HolderJson | null
  readonly state: State
  readonly basis: Basis
  readonly leaseDurationSeconds: number | null
  readonly leaseTransitions: number
  readonly acquireTime: string | null
  readonly renewTime: string | null
  readonly expiresInSeconds: number | null
  readonly resourceVersion: string
  readonly creationTimestamp: string | null
  /** Only while the object is being deleted: the time of the deletion (RFC 3339), and the finalizers that it waits for. */
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  /** Only for coordinated elections: how the API server chooses the leader. */
  readonly strategy?: string
  /** Only for coordinated elections: the candidate that should lead instead of the holder. */
  readonly preferredHolder?: string | null
  readonly warnings: readonly WarningJson[]
}

/** Builds the machine output of an election. */
export function electionJson(
  election: Election,
  status: Status,
  extra: { readonly holder?: HolderJson | null; readonly warnings?: readonly WarningJson[] } = {},
): ElectionJson {
  const { record } = election
  return {
    namespace: election.namespace,
    name: election.name,
    lock: election.lock,
    category: election.category,
    holderIdentity: record.holderIdentity,
    holder: extra.holder ?? null,
    state: status.state,
    basis: status.basis,
    leaseDurationSeconds: record.leaseDurationSeconds,
    leaseTransitions: record.leaseTransitions,
    acquireTime: record.acquireTime,
    renewTime: record.renewTime,
    expiresInSeconds: status.expiresInMs === null ? null : Math.round(status.expiresInMs) / 1000,
    resourceVersion: election.resourceVersion,
    creationTimestamp: election.creationTimestamp,
    ...(election.deletion && { deletionTimestamp: election.deletion.timestamp, finalizers: election.deletion.finalizers }),
    ...(record.strategy !== null && { strategy: record.strategy, preferredHolder: record.preferredHolder }),
    warnings: extra.warnings ?? [],
  }
}

/** A holder in machine output. */
export function holderJson(holder: Holder | null): HolderJson | null {
  if (!holder) return null
  const { kind, namespace, name, node, confidence, owner } = holder
  return { kind, namespace, name, node, confidence, owner }
}

/** An election that was read once, in machine output. */
export function rowJson({ election, status, holder }: ElectionRow): ElectionJson {
  const warnings = [...recordWarnings(election, status), ...holderWarnings(election.record.holderIdentity, holder)]
  return electionJson(election, status, { holder: holderJson(holder), warnings })
}
