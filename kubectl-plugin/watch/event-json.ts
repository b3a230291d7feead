import type { ElectionEvent } from '../../shared/lease/index.ts'
import { electionJson } from '../output/election-json.ts'

/** One line of `watch -o json` about an election. Text is as it is in the cluster: nothing is escaped but by JSON. */
export function eventJson(event: ElectionEvent): string {
  return JSON.stringify({
    time: new Date(event.wallMs).toISOString(),
    type: event.type,
    ...(event.previousHolderIdentity !== undefined && { previousHolderIdentity: event.previousHolderIdentity }),
    ...(event.unseenTransitions !== undefined && { unseenTransitions: event.unseenTransitions }),
    election: electionJson(event.election, event.status),
  })
}

/** One line of `watch -o json` that says that the view is current again. */
export function connectedJson(wallMs: number): string {
  return JSON.stringify({ time: new Date(wallMs).toISOString(), type: 'connected' })
}

/** One line of `watch -o json` that says that the view is stale: why, and since which moment of the wall clock. */
export function disconnectedJson(wallMs: number, reason: string, staleSinceWallMs: number): string {
  return JSON.stringify({
    time: new Date(wallMs).toISOString(),
    type: 'disconnected',
    reason,
    staleSince: new Date(staleSinceWallMs).toISOString(),
  })
}
