import { isSameRecord, type ElectionRecord } from './record.ts'

/**
 * What this process has itself seen of one record, on its own monotonic clock. It is client-go's `observedRecord` and
 * `observedTime` (kubernetes/client-go#448: expiry is judged by observation, never by recorded times).
 */
export interface Observation {
  readonly record: ElectionRecord
  /** When this process first saw the election; monotonic milliseconds. */
  readonly firstSeenAtMs: number
  /** When this process last saw the record change, or first saw it; monotonic milliseconds. */
  readonly changedAtMs: number
  /** Whether a change was seen at all since it was first seen. */
  readonly hasSeenChange: boolean
}

/** Adds one reading. A reading with the same record, whatever its resourceVersion, changes nothing. */
export function observe(previous: Observation | undefined, record: ElectionRecord, nowMs: number): Observation {
  if (!previous) return { record, firstSeenAtMs: nowMs, changedAtMs: nowMs, hasSeenChange: false }
  if (isSameRecord(previous.record, record)) return previous
  return { record, firstSeenAtMs: previous.firstSeenAtMs, changedAtMs: nowMs, hasSeenChange: true }
}
