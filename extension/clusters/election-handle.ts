import type { ApiClient } from '../../shared/cluster/client.ts'
import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey, type LockKind, type Status } from '../../shared/lease/index.ts'
import type { ClusterSession } from './cluster-session.ts'

/** What is known of an election at a moment. */
export interface ElectionView extends StoredElection {
  readonly status: Status
}

/** One election of one context, for as long as somebody is interested: also while it does not exist, or can't be seen. */
export class ElectionHandle {
  readonly session: ClusterSession
  readonly lock: Exclude<LockKind, 'redis'>
  readonly namespace: string
  readonly name: string
  /** See `electionKey`. */
  readonly key: string

  constructor(session: ClusterSession, place: { readonly lock: LockKind; readonly namespace: string; readonly name: string }) {
    this.session = session
    this.lock = place.lock as Exclude<LockKind, 'redis'>
    this.namespace = place.namespace
    this.name = place.name
    this.key = electionKey(place)
  }

  /** As text from the cluster: to be made harmless where it is shown. */
  get contextName(): string {
    return this.session.name
  }

  /** The same for the same election, also after its session was made anew; no other's in this window. */
  get id(): string {
    const { isSandbox, name } = this.session
    return `${isSandbox ? 'sandbox' : 'context'} ${name} ${this.key}`
  }

  /** What is known of it now; undefined where it is not there. */
  read(): ElectionView | undefined {
    const stored = this.session.get(this.key)
    return stored && { ...stored, status: this.session.statusOf(stored) }
  }

  /** Not to be closed. Rejects with a ClusterError. */
  client(): Promise<ApiClient> {
    return this.session.client()
  }
}
