import type { ApiClient } from '../../shared/cluster/client.ts'
import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey, type LockKind, type ElectionRef } from '../../shared/lease/election-ref.ts'
import type { Status } from '../../shared/lease/status.ts'
import type { ClusterSession } from './cluster-session.ts'

/** An election as it was last read, with its status now. */
export interface ElectionView extends StoredElection {
  readonly status: Status
}

/** One election of one context. It stays valid while the election does not exist or cannot be read. */
export class ElectionHandle implements ElectionRef {
  readonly session: ClusterSession
  readonly lock: LockKind
  readonly namespace: string
  readonly name: string
  /** See `electionKey`. */
  readonly key: string

  constructor(session: ClusterSession, place: ElectionRef) {
    this.session = session
    this.lock = place.lock
    this.namespace = place.namespace
    this.name = place.name
    this.key = electionKey(place)
  }

  /** Unescaped, like text from the cluster: make it harmless before showing it. */
  get contextName(): string {
    return this.session.name
  }

  /** Unique in this window. It stays the same for the same election when its session is replaced. */
  get id(): string {
    return `${this.session.id} ${this.key}`
  }

  /** The election as it was last read; undefined if it does not exist. */
  read(): ElectionView | undefined {
    const stored = this.session.get(this.key)
    return stored && { ...stored, status: this.session.statusOf(stored) }
  }

  /**
   * The session's connection. The caller must not close it.
   *
   * @throws ClusterError if it cannot be made
   */
  client(): Promise<ApiClient> {
    return this.session.client()
  }
}
