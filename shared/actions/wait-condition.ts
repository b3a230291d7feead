import { isPlaceholder, leaseDurationMs, observe, type ElectionRecord, type Observation } from '../lease/index.ts'

/**
 * What can be waited for. Each is judged by what this process sees while it watches, never by a recorded timestamp:
 *
 * - `held`: somebody was seen to acquire or to renew.
 * - `free`: the record is seen without a holder, or unchanged for its whole lease duration under our own eyes, or there
 *   is no such object. A placeholder of a failover is not free, until it expires as any holder does.
 * - `changed`: another identity holds it than at the first look; where nobody held it then, any.
 * - `holder`: this identity was seen to acquire or to renew.
 */
export type WaitCondition =
  | { readonly for: 'held' }
  | { readonly for: 'free' }
  | { readonly for: 'changed' }
  | { readonly for: 'holder'; readonly identity: string }

/** What has been seen of the election so far; `undefined` before the first look. */
export interface Seen {
  /** Null where there is no such object. */
  readonly observation: Observation | null
  /** Who held it at the first look; empty where nobody did. */
  readonly firstHolderIdentity: string
}

/** Adds one look. `record` is null where there is no such object. Times are monotonic milliseconds. */
export function look(seen: Seen | undefined, record: ElectionRecord | null, nowMs: number): Seen {
  const firstHolderIdentity = seen?.firstHolderIdentity ?? record?.holderIdentity ?? ''
  if (record === null) return { observation: null, firstHolderIdentity }
  if (seen?.observation === null) {
    // It was created while we watched, so whoever it names did that: a change, as any other.
    return { observation: { record, firstSeenAtMs: nowMs, changedAtMs: nowMs, hasSeenChange: true }, firstHolderIdentity }
  }
  return { observation: observe(seen?.observation, record, nowMs), firstHolderIdentity }
}

/** Whether the condition holds at `nowMs` (monotonic). To be asked only while the view is current, not stale. */
export function isMet(condition: WaitCondition, seen: Seen, nowMs: number): boolean {
  const { observation } = seen
  if (condition.for === 'free') {
    if (observation === null || observation.record.holderIdentity === '') return true
    const freeAtMs = expiresAtMs(seen)
    return freeAtMs !== null && nowMs >= freeAtMs
  }
  if (observation === null) return false
  const { holderIdentity } = observation.record
  if (holderIdentity === '' || isPlaceholder(holderIdentity)) return false
  switch (condition.for) {
    case 'held':
      return observation.hasSeenChange
    case 'changed':
      return holderIdentity !== seen.firstHolderIdentity
    case 'holder':
      return observation.hasSeenChange && holderIdentity === condition.identity
  }
}

/** When time alone would make the condition hold, on the monotonic clock; null where only a change can. */
export function dueAtMs(condition: WaitCondition, seen: Seen): number | null {
  return condition.for === 'free' ? expiresAtMs(seen) : null
}

function expiresAtMs({ observation }: Seen): number | null {
  const durationMs = observation && leaseDurationMs(observation.record)
  return durationMs === null ? null : observation!.changedAtMs + durationMs
}
