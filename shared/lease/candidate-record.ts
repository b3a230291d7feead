import type { ElectionRecord } from './record.ts'

interface Candidate {
  readonly identity: string
  readonly leaseDurationMs: number
}

/**
 * The record that a candidate writes to acquire or renew a lease, as client-go's `tryAcquireOrRenew` builds it: a renewal
 * keeps the acquire time and the number of transitions, a new holder adds one transition, and a new record begins at 0.
 * The fields of a coordinated election stay as they are.
 */
export function heldRecord(candidate: Candidate, previous: ElectionRecord | null, wallMs: number): ElectionRecord {
  const sameHolder = previous?.holderIdentity === candidate.identity
  const time = microTime(wallMs)
  // Standbys must see a change, even if the wall clock was set back to exactly the time of the last renewal.
  const now = sameHolder && previous.renewTime === time ? microTime(wallMs + 1) : time
  return {
    holderIdentity: candidate.identity,
    leaseDurationSeconds: candidate.leaseDurationMs / 1000,
    leaseTransitions: previous ? previous.leaseTransitions + (sameHolder ? 0 : 1) : 0,
    acquireTime: sameHolder ? previous.acquireTime : now,
    renewTime: now,
    strategy: previous?.strategy ?? null,
    preferredHolder: previous?.preferredHolder ?? null,
  }
}

/** The record that releases a lease, as client-go's `release` builds it: no holder, 1 second, transitions unchanged. */
export function releasedRecord(previous: ElectionRecord, wallMs: number): ElectionRecord {
  const now = microTime(wallMs)
  return { ...previous, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
}

/**
 * Whether a record without a holder was released by its holder, or never had one. client-go's `release` writes a duration
 * of 1 second (its first versions left out the times). A person who only empties the holder of a live lease leaves the
 * other fields unchanged. If the server alters the duration, a release is still recognized by its times: it sets both,
 * as otherwise only a new term does, and a new term adds a transition.
 */
export function isRelease(record: ElectionRecord, previous: ElectionRecord | null = null): boolean {
  if (record.holderIdentity !== '') return false
  if (record.leaseDurationSeconds === 1 || record.renewTime === null) return true
  return (
    previous !== null &&
    previous.holderIdentity !== '' &&
    previous.leaseTransitions === record.leaseTransitions &&
    previous.acquireTime !== record.acquireTime &&
    record.acquireTime === record.renewTime
  )
}

/** Formats a Kubernetes `MicroTime`: RFC 3339 in UTC with six decimals. */
function microTime(wallMs: number): string {
  const wholeMs = Math.floor(wallMs)
  const micros = Math.floor((wallMs - wholeMs) * 1000)
  return new Date(wholeMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
}
