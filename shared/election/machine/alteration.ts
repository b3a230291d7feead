import { isSameRecord, type ElectionRecord } from '../../lease/record.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { Alteration, Write } from './protocol.ts'

/** The coarsest precision with which a server may store times (`metav1.Time`); milliseconds. */
const COARSEST_TIME_MS = 1_000

/**
 * Why it is unsafe to lead by a write that the server changed while it applied it; null if it is safe.
 *
 * - Another holder, or none: this candidate does not hold the lease.
 * - A shorter lease duration, or none: a client-go standby uses the duration in the record (`isLeaseValid`), and would
 *   take over while this leader still leads. A longer duration is safe: the leader's own deadline stays the same, and
 *   every standby waits longer.
 * - A missing or unchanged renew time: standbys would not see the renewals.
 *
 * The server may change everything else. Labels, annotations, unknown fields and the other fields of the record protect
 * nothing.
 */
export function harmfulAlteration({ kind, base, record }: Write, found: ElectionRecord): Alteration | null {
  const altered = (field: Alteration['field']): Alteration => ({ field, written: record[field], found: found[field] })
  if (found.holderIdentity !== record.holderIdentity) return altered('holderIdentity')
  if (kind !== 'acquire' && kind !== 'renew') return null
  if ((found.leaseDurationSeconds ?? 0) < record.leaseDurationSeconds!) return altered('leaseDurationSeconds')
  const foundMs = timestampMs(found.renewTime)
  if (foundMs === null) return altered('renewTime')
  const isCutShort = Math.abs(foundMs - timestampMs(record.renewTime)!) < COARSEST_TIME_MS
  return isVisible(base, found) || isCutShort ? null : altered('renewTime')
}

/**
 * Whether standbys can see that something was written. A write that they cannot see does not renew: they count from the
 * last change that they saw.
 */
export function isVisible(base: Write['base'], found: ElectionRecord): boolean {
  return base === null || !isSameRecord(base.record, found)
}

/**
 * Whether a record is the result of a write of this candidate: holder, transitions and renew time are equal, the time to
 * the last digit. Another candidate with the same identity would have to write in the same microsecond.
 */
export function isMadeBy(written: ElectionRecord, found: ElectionRecord): boolean {
  return (
    found.renewTime !== null &&
    found.renewTime === written.renewTime &&
    found.holderIdentity === written.holderIdentity &&
    found.leaseTransitions === written.leaseTransitions
  )
}
