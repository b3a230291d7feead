import type { ElectionRecord } from '../lease/index.ts'
import { annotationFields } from '../lease/record.ts'

/**
 * Writes a record as client-go does into an annotation: the JSON of its `LeaderElectionRecord`, fields in its order.
 *
 * client-go cuts the times to whole seconds there (`metav1.Time`), and reads any RFC 3339 time; here they keep their
 * fraction, so that no two renewals are the same record, and each candidate knows its own.
 *
 * @param previous the JSON object that it replaces: fields that are not known are kept
 */
export function writeRecordJson(record: ElectionRecord, previous = '{}'): string {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions, strategy, preferredHolder } =
    record
  return JSON.stringify({
    ...annotationFields(previous),
    holderIdentity,
    leaseDurationSeconds: leaseDurationSeconds ?? 0,
    acquireTime,
    renewTime,
    leaderTransitions: leaseTransitions,
    // Left out where there is none, as by client-go before coordinated elections.
    ...(strategy !== null && { strategy }),
    ...(preferredHolder !== null && { preferredHolder }),
  })
}
