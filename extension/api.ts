import type { Disposable } from 'vscode'

/**
 * What the extension `kubectl-leader.kubectl-leader` exports to other extensions. It covers the contexts that the Leader
 * Elections view shows, connects with the user's kubeconfig, and changes nothing without asking the user.
 */
export interface LeaderElectionsApi {
  /** Changes if something here is removed or changes its meaning. */
  readonly version: 1
  /** All leases of the shown contexts. A context that cannot be read has none. */
  elections(): Promise<readonly ElectionInfo[]>
  /** Watches the shown contexts, and calls `listener` with what happens, except for renewals, until it is disposed. */
  onEvent(listener: (event: ElectionEventInfo) => void): Disposable
  /**
   * Joins an election as a standby, after the user has agreed. The status bar shows it. Undefined if the user declines.
   *
   * @throws Error if the context is not shown, or the election cannot be joined
   */
  join(election: ElectionPlace): Promise<JoinedElection | undefined>
}

/** Which election. */
export interface ElectionPlace {
  readonly context: string
  readonly namespace: string
  readonly name: string
  /** The kind of object that stores the record. Default: `lease`. */
  readonly lock?: 'lease' | 'configmap' | 'endpoints'
}

/** An election as it is now. Text is as the cluster has it: it is not escaped. */
export interface ElectionInfo extends Required<ElectionPlace> {
  readonly category: 'election' | 'node' | 'apiserver' | 'other'
  /** Empty if there is none. */
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number | null
  readonly leaseTransitions: number
  /** By the holder's clock: RFC 3339, or null. */
  readonly acquireTime: string | null
  /** By the holder's clock: RFC 3339, or null. */
  readonly renewTime: string | null
  readonly state: 'held' | 'late' | 'expired' | 'released' | 'blocked' | 'unknown'
  /** Whether the state follows from changes that were observed, or only from recorded times. */
  readonly basis: 'observed' | 'recorded'
}

export interface ElectionEventInfo {
  readonly type: 'added' | 'acquired' | 'late' | 'recovered' | 'released' | 'expired' | 'deleted'
  readonly election: ElectionInfo
  /** If the holder changed: the last leader before that; empty if there was none. */
  readonly previousHolderIdentity?: string
}

/** A candidate of this window. */
export interface JoinedElection {
  readonly identity: string
  readonly isLeading: boolean
  /** Calls `listener` when the candidate has become the leader, is no longer the leader, or has left. */
  onDidChange(listener: () => void): Disposable
  /** Leaves the election, and releases the lease if the candidate is the leader. */
  leave(): Promise<void>
}
