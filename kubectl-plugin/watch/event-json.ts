import type { ElectionEvent } from '../../shared/lease/event.ts'
import { electionJson } from '../output/election-json.ts'

/** One line of `watch -o json` about an election. Only JSON escapes are applied to text from the cluster. */
export function eventJson(event: ElectionEvent): string {
  return JSON.stringify({
    time: new Date(event.wallMs).toISOString(),
    type: event.type,
    ...(event.previousHolderIdentity !== undefined && { previousHolderIdentity: event.previousHolderIdentity }),
    ...(event.unseenTransitions !== undefined && { unseenTransitions: event.unseenTransitions }),
    election: electionJson(event.election, event.status),
  })
}

/** The line of `watch -o json` for a view that is current again. */
export function connectedJson(wallMs: number): string {
  return JSON.stringify({ time: new Date(wallMs).toISOString(), type: 'connected' })
}

/** The line of `watch -o json` for a stale view: the reason, and the wall-clock time since which it is stale. */
export function disconnectedJson(wallMs: number, reason: string, staleSinceWallMs: number): string {
  return JSON.stringify({
    time: new Date(wallMs).toISOString(),
    type: 'disconnected',
    reason,
    staleSince: new Date(staleSinceWallMs).toISOString(),
  })
}
