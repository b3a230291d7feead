import type { ApiClient } from '../cluster/client.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import type { LockKind } from '../lease/election-ref.ts'
import { clusterLock } from '../locks/lock-address.ts'
import type { ObjectLockOptions } from '../locks/object-lock.ts'
import { systemClock } from '../time/clock.ts'
import { Candidacy, type CandidacySettings } from './candidacy.ts'

/** Which election to join, and how. The elector's options are at their defaults, except that lost terms are rejoined. */
export interface JoinElectionOptions extends Omit<CandidacySettings, 'lock' | 'recorder'>, ObjectLockOptions {
  /** Default: `lease`. */
  readonly lock?: LockKind
  /** Default: the client's namespace. */
  readonly namespace?: string
  /** The name of the election's object. */
  readonly name: string
  /** The program, as the source of the Events that it records. Default: `kubectl-leader`. */
  readonly component?: string
}

/**
 * A candidate in an election of a cluster, as `kubectl leader join` runs it: it records Events, as client-go's elector does,
 * rejoins after a lost term, and tells its problems. It takes part once its `run` is called.
 *
 * @throws InvalidElectorOption
 */
export function joinElection(client: ApiClient, options: JoinElectionOptions): Candidacy {
  const { lock = 'lease', namespace = client.namespace, name, labels, component = 'kubectl-leader', ...settings } = options
  const place = { lock, namespace, name }
  return new Candidacy({
    rejoin: true,
    ...settings,
    lock: clusterLock(client, place, labels && { labels }),
    recorder: new EventRecorder(client, place, { clock: settings.clock ?? systemClock, component }),
  })
}
