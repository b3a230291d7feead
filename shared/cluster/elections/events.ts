import type { CoreV1Event, CoreV1EventSeries, V1EventSource, V1ObjectMeta, V1ObjectReference } from '@kubernetes/client-node'
import { timestampMs } from '../../lease/timestamp.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { lockObject, type ObjectRef } from '../cluster-object.ts'
import type { Collection } from '../list-watch/collection.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, EVENTS } from '../paths.ts'
import { text, unchecked, type Unchecked } from '../unchecked.ts'

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

/** The Events about an election's object that the API server still keeps (an hour's, by default), newest first. */
export function listNotices(client: ApiClient, clock: Clock, election: ElectionRef, signal?: AbortSignal): Promise<readonly ElectionNotice[]> {
  return listNoticesAbout(client, clock, lockObject(election), signal)
}

/** The Events about an object that the API server still keeps, newest first. */
export async function listNoticesAbout(
  client: ApiClient,
  clock: Clock,
  object: ObjectRef,
  signal?: AbortSignal,
): Promise<readonly ElectionNotice[]> {
  const { objects } = await listCollection(client, clock, noticesOf(object), {
    freshness: 'cache',
    ...(signal && { signal }),
  })
  return [...objects].sort((a, b) => (timestampMs(b.lastTime) ?? 0) - (timestampMs(a.lastTime) ?? 0))
}

function noticesOf({ kind, namespace, name }: ObjectRef): Collection<ElectionNotice> {
  // Those about an object without a namespace are in namespaces, too.
  const place = namespace === null ? {} : { namespace }
  return {
    path: apiPath(EVENTS, place),
    subject: { resource: 'events', ...place },
    fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name}`,
    decode(object) {
      const about = unchecked<V1ObjectReference>(unchecked<CoreV1Event>(object).involvedObject)
      return about.kind === kind && about.name === name ? notice(unchecked(object)) : null
    },
  }
}

function notice(event: Unchecked<CoreV1Event>): ElectionNotice {
  const series = unchecked<CoreV1EventSeries>(event.series)
  const count = series.count ?? event.count
  return {
    type: text(event.type) ?? '',
    reason: text(event.reason) ?? '',
    message: text(event.message) ?? '',
    lastTime:
      text(series.lastObservedTime) ??
      text(event.lastTimestamp) ??
      text(event.eventTime) ??
      text(event.firstTimestamp) ??
      text(unchecked<V1ObjectMeta>(event.metadata).creationTimestamp),
    count: typeof count === 'number' && count > 0 ? count : 1,
    source: text(unchecked<V1EventSource>(event.source).component) ?? text(event.reportingComponent) ?? '',
  }
}
