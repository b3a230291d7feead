import type { ApiClient } from '../cluster/client.ts'
import { listNotices } from '../cluster/elections/events.ts'
import { LEADER_BLOCK } from '../cluster/elections/leadership-events.ts'
import { ClusterError } from '../cluster/errors.ts'
import type { ElectionRef } from '../lease/election-ref.ts'
import type { Clock } from '../time/clock.ts'

/** The message of the Event that a block records when it begins: who, for how long, and why. */
export function blocksFor(actor: string, time: string, reason: string): string {
  return `${actor} blocks the lease for ${time}: ${reason}`
}

/**
 * What the newest Event says of the block that an election is in, as a sentence; null if no Event tells, or Events cannot be
 * read. Rejects only with the signal's reason.
 */
export async function blockNotice(client: ApiClient, clock: Clock, place: ElectionRef, signal?: AbortSignal): Promise<string | null> {
  try {
    const newest = (await listNotices(client, clock, place, signal)).find(({ reason }) => reason === LEADER_BLOCK)
    if (!newest?.message.includes(' blocks the lease for ')) return null
    return `Its Event${newest.lastTime === null ? '' : ` of ${newest.lastTime}`} says: ${newest.message}`
  } catch (error) {
    if (error instanceof ClusterError) return null
    throw error
  }
}
