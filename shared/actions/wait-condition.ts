import { isPlaceholder, leaseDurationMs, type Observation } from '../lease/index.ts'

/**
 * What can be waited for. Each is judged by what this process sees while it watches, never by a recorded timestamp:
 *
 * - `held`: somebody was seen to acquire or to renew.
 * - `free`: the record has no holder, or did not change for its whole lease duration under our own eyes, or there is no
 *   such object. A placeholder of a failover is not free, until it expires as any holder does.
 * - `changed`: another identity holds it than at the first look; where nobody held it then, any.
 * - `holder`: this identity was seen to acquire or to renew.
 */
export type WaitCondition =
  | { readonly for: 'held' }
  | { readonly for: 'free' }
  | { readonly for: 'changed' }
  | { readonly for: 'holder'; readonly identity: string }

/** What has been seen of the election so far. */
export interface Seen {
  /** Null where there is no such object. */
  readonly observation: Observation | null
  /** Who held it at the first look; empty where nobody did. */
  readonly firstHolderIdentity: string
  /** Whether the object came into being after the first look, so that whoever it names acquired it since. */
  readonly wasCreated: boolean
}

/** Adds one look at the election; `seen` is undefined at the first one. */
export function look(seen: Seen | undefined, observation: Observation | null): Seen {
  return {
    observation,
    firstHolderIdentity: seen?.firstHolderIdentity ?? observation?.record.holderIdentity ?? '',
    wasCreated: observation !== null && seen !== undefined && (seen.wasCreated || seen.observation === null),
  }
}

/**
 * Whether the condition holds at `nowMs` (monotonic). `confirm` is yes, provided that a reading of the record made now
 * is still the same: hearing nothing of a renewal is no proof that there was none.
 */
export function judge(condition: WaitCondition, seen: Seen, nowMs: number): 'met' | 'unmet' | 'confirm' {
  const { observation } = seen
  const holderIdentity = observation?.record.holderIdentity ?? ''
  if (condition.for === 'free') {
    if (holderIdentity === '') return 'met'
    const freeAtMs = expiresAtMs(seen)
    return freeAtMs !== null && nowMs >= freeAtMs ? 'confirm' : 'unmet'
  }
  if (holderIdentity === '' || isPlaceholder(holderIdentity)) return 'unmet'
  return isHeldAs(condition, seen, holderIdentity) ? 'met' : 'unmet'
}

/** When time alone may make the condition hold, on the monotonic clock; null where only a change can. */
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
