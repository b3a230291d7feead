import { timestampMs } from '../../lease/timestamp.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/index.ts'
import type { ApiClient } from '../client.ts'
import type { Collection } from '../list-watch/collection.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, EVENTS } from '../paths.ts'
import { field, text } from '../untyped.ts'

/** An Event about an election's object, as controllers and this project record them. */
export interface ElectionNotice {
  /** `Normal` or `Warning`. */
  readonly type: string
  /** `LeaderElection` where client-go recorded it. */
  readonly reason: string
  readonly message: string
  /** When it was last seen: RFC 3339, or null. */
  readonly lastTime: string | null
  readonly count: number
  /** The program that recorded it; empty where not given. */
  readonly source: string
}

const KINDS = { lease: 'Lease', configmap: 'ConfigMap', endpoints: 'Endpoints' } as const

/** The Events about an election's object that the API server still keeps (an hour's, by default), newest first. */
export async function listNotices(
  client: ApiClient,
  clock: Clock,
  election: Pick<Election, 'lock' | 'namespace' | 'name'>,
  signal?: AbortSignal,
): Promise<readonly ElectionNotice[]> {
  if (election.lock === 'redis') return []
  const { objects } = await listCollection(client, clock, noticesOf(election, KINDS[election.lock]), {
    freshness: 'cache',
    ...(signal && { signal }),
  })
  return [...objects].sort((a, b) => (timestampMs(b.lastTime) ?? 0) - (timestampMs(a.lastTime) ?? 0))
}

function noticesOf({ namespace, name }: Pick<Election, 'namespace' | 'name'>, kind: string): Collection<ElectionNotice> {
  return {
    path: apiPath(EVENTS, { namespace }),
    subject: { resource: 'events', namespace },
    fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name}`,
    decode(object) {
      const about = field(object, 'involvedObject')
      return field(about, 'kind') === kind && field(about, 'name') === name ? notice(object) : null
    },
  }
}

function notice(event: unknown): ElectionNotice {
  const series = field(event, 'series')
  const count = field(series, 'count') ?? field(event, 'count')
  return {
    type: text(field(event, 'type')) ?? '',
    reason: text(field(event, 'reason')) ?? '',
    message: text(field(event, 'message')) ?? '',
    lastTime:
      text(field(series, 'lastObservedTime')) ??
      text(field(event, 'lastTimestamp')) ??
      text(field(event, 'eventTime')) ??
      text(field(event, 'firstTimestamp')) ??
      text(field(field(event, 'metadata'), 'creationTimestamp')),
    count: typeof count === 'number' && count > 0 ? count : 1,
    source: text(field(field(event, 'source'), 'component')) ?? text(field(event, 'reportingComponent')) ?? '',
  }
}
