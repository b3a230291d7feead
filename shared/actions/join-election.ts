import type { ApiClient } from '../cluster/client.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import type { LabelEvent } from '../label/label-term.ts'
import { labelPlace } from '../label/labeled-pods.ts'
import { OwnLabel } from '../label/own-label.ts'
import type { ElectionRef, LockKind } from '../lease/election-ref.ts'
import { clusterLock } from '../locks/lock-address.ts'
import type { Lock } from '../locks/lock.ts'
import type { ObjectLockOptions } from '../locks/object-lock.ts'
import { systemClock, type Clock } from '../time/clock.ts'
import { Candidacy, type CandidacySettings } from './candidacy.ts'

/** A label of a candidate's own Pod, which must be in the election's namespace. */
export interface JoinLabel {
  readonly key: string
  /** Default: `true`. */
  readonly value?: string
  /** The name of this candidate's Pod, as the downward API tells it. */
  readonly pod: string
  /** The Pods of all candidates; must be the same for all of them. Default: all Pods of the namespace. */
  readonly labelSelector?: string
  readonly onEvent?: (event: LabelEvent) => void
}

/** Which election to join, and how. The elector's options are at their defaults, except that lost terms are rejoined. */
export interface JoinElectionOptions extends Omit<CandidacySettings, 'lock' | 'recorder' | 'label'>, ObjectLockOptions {
  /** Default: `lease`. */
  readonly lock?: LockKind
  /** Default: the client's namespace. */
  readonly namespace?: string
  /** The name of the election's object. */
  readonly name: string
  /** A label to keep on this candidate's Pod while it leads. See docs/guarantees.md for what it guarantees. */
  readonly label?: JoinLabel
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
  const { lock = 'lease', namespace = client.namespace, name, labels, component = 'kubectl-leader', label, ...settings } = options
  const place = { lock, namespace, name }
  const electionLock = clusterLock(client, place, labels && { labels })
  const clock = settings.clock ?? systemClock
  return new Candidacy({
    rejoin: true,
    ...settings,
    lock: electionLock,
    recorder: new EventRecorder(client, place, { clock, component }),
    label: label ? ownLabel(client, { clock, lock: electionLock, election: place }, label) : null,
  })
}

function ownLabel(client: ApiClient, { election, ...world }: { readonly clock: Clock; readonly lock: Lock; readonly election: ElectionRef }, label: JoinLabel): OwnLabel {
  const { key, value = 'true', pod, labelSelector, onEvent } = label
  const place = labelPlace(election, { key, value, labelSelector })
  return new OwnLabel({ client, ...world, place, pod, ...(onEvent && { onEvent }) })
}
