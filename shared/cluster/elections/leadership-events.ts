import type { LockKind } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, EVENTS, resourceName } from '../paths.ts'
import { field, text } from '../unchecked.ts'

/** An Event that records that a candidate became the leader. */
export interface LeadershipEvent {
  readonly lock: LockKind
  readonly namespace: string
  /** Of the election's object. */
  readonly name: string
  /** Who became the leader. */
  readonly identity: string
  /** When that was recorded first and last: RFC 3339, or null. */
  readonly firstTime: string | null
  readonly lastTime: string | null
  /** How often. */
  readonly count: number
}

const LOCKS: Readonly<Record<string, LockKind>> = { Lease: 'lease', ConfigMap: 'configmap', Endpoints: 'endpoints' }

/** The reason of the Events about leader changes, as client-go's locks record them (`RecordEvent`). */
export const LEADER_ELECTION = 'LeaderElection'

/** The reason of the Events about failovers by kubectl-leader. */
export const LEADER_FAILOVER = 'LeaderFailover'

/** The reason of the Events about blocks for maintenance. */
export const LEADER_BLOCK = 'LeaderBlock'

/** The message of the Event that a candidate records when it leads; {@link listLeadershipEvents} reads it. */
export function becameLeader(identity: string): string {
  return `${identity} became leader`
}

/** The same of client-go's, perhaps behind what its correlator puts before it. */
const BECAME_LEADER = /(\S+) became leader$/

/** Who an Event says became the leader; null if it says nothing of the kind. */
export function newLeaderOf(reason: unknown, message: unknown): string | null {
  return reason === LEADER_ELECTION ? (BECAME_LEADER.exec(text(message) ?? '')?.[1] ?? null) : null
}

/** The reason of the Events about kubectl-leader candidates that wait as standbys. */
export const CANDIDATE = 'LeaderElectionCandidate'

/** The message of the Event by which a kubectl-leader candidate announces that it runs. */
export function runsAsCandidate(identity: string): string {
  return `${identity} runs as a candidate`
}

/** The message of the Event that a kubectl-leader candidate records when it leaves the election. */
export function leftElection(identity: string): string {
  return `${identity} left the election`
}

const RUNS_AS_CANDIDATE = /^(\S+) runs as a candidate$/
const LEFT_ELECTION = /^(\S+) left the election$/

/** Which candidate an Event announces; null if it announces none. */
export function announcedBy(reason: string, message: string): string | null {
  return reason === CANDIDATE ? (RUNS_AS_CANDIDATE.exec(message)?.[1] ?? null) : null
}

/** Which candidate an Event says has left the election; null if it says nothing of the kind. */
export function leftBy(reason: string, message: string): string | null {
  return reason === CANDIDATE ? (LEFT_ELECTION.exec(message)?.[1] ?? null) : null
}

/** The message of the Event that a candidate records when its term is over; {@link stoppedBy} reads it. */
export function stoppedLeading(identity: string): string {
  return `${identity} stopped leading`
}

const STOPPED_LEADING = /(\S+) stopped leading$/

/** Which candidate an Event says stopped leading; null if it says nothing of the kind. */
export function stoppedBy(reason: unknown, message: unknown): string | null {
  return reason === LEADER_ELECTION ? (STOPPED_LEADING.exec(text(message) ?? '')?.[1] ?? null) : null
}

/**
 * Lists who became the leader of the elections in a namespace, or in all (null), as far as the API server still keeps
 * the Events (an hour's, by default). Rejects with a ClusterError.
 */
export async function listLeadershipEvents(
  client: ApiClient,
  clock: Clock,
  namespace: string | null,
  signal?: AbortSignal,
): Promise<readonly LeadershipEvent[]> {
  const place = namespace === null ? {} : { namespace }
  const { objects } = await listCollection(
    client,
    clock,
    {
      path: apiPath(EVENTS, place),
      subject: { resource: resourceName(EVENTS), ...place },
      fieldSelector: `reason=${LEADER_ELECTION}`,
      decode: leadershipEvent,
    },
    { freshness: 'cache', ...(signal && { signal }) },
  )
  return objects
}

function leadershipEvent(event: unknown): LeadershipEvent | null {
  const about = field(event, 'involvedObject')
  const lock = LOCKS[text(field(about, 'kind')) ?? '']
  const identity = newLeaderOf(field(event, 'reason'), field(event, 'message'))
  if (lock === undefined || identity === null) return null
  const series = field(event, 'series')
  const count = field(series, 'count') ?? field(event, 'count')
  const time = text(field(event, 'eventTime'))
  return {
    lock,
    namespace: text(field(about, 'namespace')) ?? '',
    name: text(field(about, 'name')) ?? '',
    identity,
    firstTime: text(field(event, 'firstTimestamp')) ?? time,
    lastTime: text(field(series, 'lastObservedTime')) ?? text(field(event, 'lastTimestamp')) ?? time,
    count: typeof count === 'number' && count > 0 ? count : 1,
  }
}
