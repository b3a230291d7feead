import { isSameRecord, timestampMs, type ElectionRecord } from '../../lease/index.ts'
import type { Write } from './protocol.ts'

/** What the server (an admission policy, a webhook) made of a field that a candidate wrote. */
export interface Alteration {
  readonly field: 'holderIdentity' | 'leaseDurationSeconds' | 'renewTime'
  readonly written: string | number | null
  readonly found: string | number | null
}

/** The coarsest precision to which a server may cut the times that it keeps (`metav1.Time`); milliseconds. */
const COARSEST_TIME_MS = 1_000

/**
 * What makes it unsafe to lead by a write that the server changed while it applied it; null where nothing does.
 *
 * - Another holder, or none, is no leadership of this candidate.
 * - A shorter lease duration, or none: standbys of client-go's go by what the record says (`isLeaseValid`), and take over
 *   while this leader still acts. A longer one is safe: its own deadline stays, and every standby waits for longer.
 * - A renew time that is missing, or that stays as it was: standbys would not see the renewals.
 *
 * All else may be changed: labels, annotations, unknown fields, and the record's other fields guard nothing.
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
 * Whether the others can see that something was written. A write that they can't see is no renewal: they count from what
 * they saw before it.
 */
export function isVisible(base: Write['base'], found: ElectionRecord): boolean {
  return base === null || !isSameRecord(base.record, found)
}

/**
 * Whether a record that was not seen to be written is what this candidate wrote: holder and transitions are the same, and
 * so is the time of the write, to the last digit. Another candidate of the same name would need the same instant.
 */
export function isMadeBy(written: ElectionRecord, found: ElectionRecord): boolean {
  return (
    found.renewTime !== null &&
    found.renewTime === written.renewTime &&
    found.holderIdentity === written.holderIdentity &&
    found.leaseTransitions === written.leaseTransitions
  )
}
