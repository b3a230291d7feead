import { annotationFields, type ElectionRecord } from '../lease/record.ts'

/**
 * Formats a record as client-go writes it into an annotation: the JSON of its `LeaderElectionRecord`, with the fields in
 * the same order.
 *
 * client-go writes whole seconds there (`metav1.Time`), and reads any RFC 3339 time. This project keeps the fraction, so
 * that no two renewals produce the same record, and each candidate recognizes its own.
 *
 * @param previous the JSON object to replace; its unknown fields are kept
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
    // Left out if absent, as by client-go before coordinated elections.
    ...(strategy !== null && { strategy }),
    ...(preferredHolder !== null && { preferredHolder }),
  })
}
