import type { ElectionRecord } from '../../lease/index.ts'

interface Candidate {
  readonly identity: string
  readonly leaseDurationMs: number
}

/**
 * The record that a candidate writes to take or to renew an election, as client-go's `tryAcquireOrRenew`: who names
 * the same holder keeps its acquire time and the number of transitions, who names another counts one more, and who
 * creates the record begins at 0. What a coordinated election says beside that is kept.
 */
export function heldRecord(candidate: Candidate, previous: ElectionRecord | null, wallMs: number): ElectionRecord {
  const sameHolder = previous?.holderIdentity === candidate.identity
  const time = microTime(wallMs)
  // Standbys must see a change, also when the wall clock was set back to the very time of the last renewal.
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

/** The record that gives an election up, as client-go's `release`: no holder, 1 second, transitions as they were. */
export function releasedRecord(previous: ElectionRecord, wallMs: number): ElectionRecord {
  const now = microTime(wallMs)
  return { ...previous, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
}

/**
 * Whether a record without a holder was given up by its holder, or never had one: client-go's `release` says 1 second
 * (and in its first versions left the times out), while a hand that empties the holder of a live lease leaves the rest
 * as it was. Where the server makes the duration another one, a release is known by its times: it sets both anew, which
 * else only the beginning of a term does, and that counts a transition.
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

/** A time as Kubernetes writes a `MicroTime`: RFC 3339 in UTC with six decimals. */
function microTime(wallMs: number): string {
  const wholeMs = Math.floor(wallMs)
  const micros = Math.floor((wallMs - wholeMs) * 1000)
  return new Date(wholeMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
}
