import type { ApiClient } from '../../shared/cluster/client.ts'
import { listNotices } from '../../shared/cluster/elections/events.ts'
import { toldBy, type ToldEvent } from '../../shared/history/told.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { Clock } from '../../shared/time/clock.ts'

/** What the Events that the cluster still keeps tell of an election. Rejects with a ClusterError. */
export async function readTold(client: ApiClient, clock: Clock, ref: ElectionRef, signal: AbortSignal): Promise<ToldEvent[]> {
  const notices = await listNotices(client, clock, ref, signal)
  return notices.flatMap(({ reason, message, lastTime }): ToldEvent[] => {
    const told = toldBy(reason, message)
    const atMs = timestampMs(lastTime)
    // A time without a fraction was cut to whole seconds.
    return told && atMs !== null ? [{ ...told, atMs, withinMs: lastTime?.includes('.') ? 0 : 1000 }] : []
  })
}
