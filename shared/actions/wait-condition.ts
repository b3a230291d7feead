import { leaderOf } from '../lease/placeholder.ts'
import { leaseDurationMs } from '../lease/record.ts'
import type { Observation } from '../lease/observation.ts'

/**
 * A condition to wait for. It is decided by what this process observes, never by a recorded timestamp:
 *
 * - `held`: a holder was observed acquiring or renewing the lease.
 * - `free`: the record has no holder, or was observed unchanged for a full lease duration, or there is no such object. A
 *   lease that a failover blocks is not free until the placeholder expires.
 * - `changed`: the holder is not the one at the first reading. If there was none then, any holder will do.
 * - `holder`: this identity was observed acquiring or renewing the lease.
 */
export type WaitCondition =
  | { readonly for: 'held' }
  | { readonly for: 'free' }
  | { readonly for: 'changed' }
  | { readonly for: 'holder'; readonly identity: string }

/** What was observed of the election so far. */
export interface Seen {
  /** Null if there is no such object. */
  readonly observation: Observation | null
  /** The holder at the first reading; empty if there was none. */
  readonly firstHolderIdentity: string
  /** Whether the object was created after the first reading, so that its holder has acquired it since. */
  readonly wasCreated: boolean
}

/** Adds one reading of the election; `seen` is undefined for the first one. */
export function look(seen: Seen | undefined, observation: Observation | null): Seen {
  return {
    observation,
    firstHolderIdentity: seen?.firstHolderIdentity ?? observation?.record.holderIdentity ?? '',
    wasCreated: observation !== null && seen !== undefined && (seen.wasCreated || seen.observation === null),
  }
}

/**
 * Whether the condition holds at `nowMs` (monotonic). `confirm` means yes, if a read now still returns the same record:
 * without that read, a missed event could be mistaken for a missing renewal.
 */
export function judge(condition: WaitCondition, seen: Seen, nowMs: number): 'met' | 'unmet' | 'confirm' {
  const { observation } = seen
  const holderIdentity = observation?.record.holderIdentity ?? ''
  if (condition.for === 'free') {
    if (holderIdentity === '') return 'met'
    const freeAtMs = expiresAtMs(seen)
    return freeAtMs !== null && nowMs >= freeAtMs ? 'confirm' : 'unmet'
  }
  if (leaderOf({ holderIdentity }) === '') return 'unmet'
  return isHeldAs(condition, seen, holderIdentity) ? 'met' : 'unmet'
}

/** When time alone can make the condition hold, on the monotonic clock; null if only a change can. */
export function dueAtMs(condition: WaitCondition, seen: Seen): number | null {
  return condition.for === 'free' ? expiresAtMs(seen) : null
}

function isHeldAs(condition: Exclude<WaitCondition, { for: 'free' }>, seen: Seen, holderIdentity: string): boolean {
  const wasSeenToAct = seen.wasCreated || seen.observation!.hasSeenChange
  switch (condition.for) {
    case 'held':
      return wasSeenToAct
    case 'changed':
      return holderIdentity !== seen.firstHolderIdentity
    case 'holder':
      return wasSeenToAct && holderIdentity === condition.identity
  }
}

function expiresAtMs({ observation }: Seen): number | null {
  const durationMs = observation && leaseDurationMs(observation.record)
  return durationMs === null ? null : observation!.changedAtMs + durationMs
}
