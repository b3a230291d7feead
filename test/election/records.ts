import type { ElectionRecord } from '../../shared/lease/record.ts'

/** A held record as client-go would have written it. */
export function heldBy(holderIdentity: string, change: Partial<ElectionRecord> = {}): ElectionRecord {
  return {
    holderIdentity,
    leaseDurationSeconds: 15,
    leaseTransitions: 3,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:10.000000Z',
    strategy: null,
    preferredHolder: null,
    ...change,
  }
}

/** The same lease, renewed at another time. */
export function renewed(record: ElectionRecord, seconds: number): ElectionRecord {
  return { ...record, renewTime: `2026-01-01T00:01:${String(seconds).padStart(2, '0')}.000000Z` }
}

/** A released record as client-go writes it. */
export function released(record: ElectionRecord = heldBy('')): ElectionRecord {
  return { ...record, holderIdentity: '', leaseDurationSeconds: 1 }
}
