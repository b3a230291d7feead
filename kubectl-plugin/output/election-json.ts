import { holderWarnings } from '../../shared/cluster/holders/holder-warnings.ts'
import type { Holder, Owner } from '../../shared/cluster/holders/holder.ts'
import type { Basis, Category, Election, LockKind, State, Status } from '../../shared/lease/index.ts'
import { recordWarnings, type Warning } from '../../shared/lease/warnings.ts'
import type { ElectionRow } from './election-row.ts'

/** The group and version of everything that `-o json` prints. */
export const API_VERSION = 'leader.kubectl.dev/v1alpha1'

/** Who a holder identity belongs to, and how sure that is. */
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

/** Something worth a person's attention; `code` is stable, for programs. */
export type WarningJson = Warning

/** One election in machine output. All text is as it is in the cluster: nothing is escaped but by JSON. */
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
  /** While the object is being deleted: since when (RFC 3339), and what it waits for. */
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  /** Of coordinated elections alone: how the API server picks the leader. */
  readonly strategy?: string
  /** Of coordinated elections alone: who ought to lead instead of the holder. */
  readonly preferredHolder?: string | null
  readonly warnings: readonly WarningJson[]
}

/** Puts an election together for machine output. */
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

/** A holder for machine output. */
export function holderJson(holder: Holder | null): HolderJson | null {
  if (!holder) return null
  const { kind, namespace, name, node, confidence, owner } = holder
  return { kind, namespace, name, node, confidence, owner }
}

/** An election that was read once, for machine output. */
export function rowJson({ election, status, holder }: ElectionRow): ElectionJson {
  const warnings = [...recordWarnings(election, status), ...holderWarnings(election.record.holderIdentity, holder)]
  return electionJson(election, status, { holder: holderJson(holder), warnings })
}
