import { isSameRecord, type ElectionRecord } from './record.ts'

/**
 * What this process has observed of one record, on its own monotonic clock. The counterpart of client-go's `observedRecord`
 * and `observedTime`: expiry is decided by observation, never by recorded times.
 */
export interface Observation {
  readonly record: ElectionRecord
  /** When this process first observed the election; monotonic milliseconds. */
  readonly firstSeenAtMs: number
  /** When this process last observed a change of the record, or first observed the record; monotonic milliseconds. */
  readonly changedAtMs: number
  /** Whether a change was observed since then. */
  readonly hasSeenChange: boolean
}

/** Adds one reading. The same record again changes nothing, even with another resourceVersion. */
export function observe(previous: Observation | undefined, record: ElectionRecord, nowMs: number): Observation {
  if (!previous) return { record, firstSeenAtMs: nowMs, changedAtMs: nowMs, hasSeenChange: false }
  if (isSameRecord(previous.record, record)) return previous
  return { record, firstSeenAtMs: previous.firstSeenAtMs, changedAtMs: nowMs, hasSeenChange: true }
}
