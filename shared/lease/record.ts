/**
 * The record of an election, with the fields of client-go's `LeaderElectionRecord`
 * (tools/leaderelection/resourcelock/interface.go), for every kind of lock. Any client may have written it, so the
 * functions that read one accept every input, and never throw.
 */
export interface ElectionRecord {
  /** The identity of the holder; empty if there is none. */
  readonly holderIdentity: string
  /** How long a candidate waits, from the last change that it observed, before it takes over; null if missing. */
  readonly leaseDurationSeconds: number | null
  /** How often the holder has changed. */
  readonly leaseTransitions: number
  /** When the holder acquired the lease, by its own clock: RFC 3339, or null. For display only. */
  readonly acquireTime: string | null
  /** When the holder last renewed the lease, by its own clock: RFC 3339, or null. For display only. */
  readonly renewTime: string | null
  /** In coordinated elections (KEP-4355): how the API server chooses the leader. */
  readonly strategy: string | null
  /** In coordinated elections: the candidate that should lead instead of the holder. */
  readonly preferredHolder: string | null
}

/** The annotation that holds the record of an election on a ConfigMap or an Endpoints object (client-go). */
export const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'

/** Reads the `spec` of a coordination.k8s.io/v1 Lease. */
export function recordFromLeaseSpec(spec: unknown): ElectionRecord {
  return recordFrom(spec, 'leaseTransitions')
}

/**
 * Reads the text of {@link LEADER_ANNOTATION}, whose JSON names the transitions `leaderTransitions`; null if the text is not
 * a JSON object. An empty text and `null` are a record without a holder, as for client-go and the Python client.
 *
 * Clients in other languages write other formats. The official Python client writes `"leaseDurationSeconds": "17"` and
 * `"renewTime": "2026-11-28 06:52:00.000001"` (`str(datetime.now())`). Others write offsets without a colon, seconds since
 * the epoch, or numbers as text. All of them are converted to client-go's format, so that the next write uses it too. A
 * time without a zone is read as UTC, the zone of almost every container. It is for display only. Any other value counts
 * as missing.
 */
export function recordFromAnnotation(text: string): ElectionRecord | null {
  const fields = annotationFields(text)
  return fields && recordFrom(fields, 'leaderTransitions')
}

/** The JSON object in the text of {@link LEADER_ANNOTATION}; empty for an empty text; null if the text is not a JSON object. */
export function annotationFields(text: string): Readonly<Record<string, unknown>> | null {
  if (text.trim() === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (parsed === null) return {}
  return isObject(parsed) ? parsed : null
}

/** Whether two readings have the same election record, so that no candidate wrote in between. */
export function isSameRecord(a: ElectionRecord, b: ElectionRecord): boolean {
  return (
    a.renewTime === b.renewTime &&
    a.holderIdentity === b.holderIdentity &&
    a.leaseTransitions === b.leaseTransitions &&
    a.acquireTime === b.acquireTime &&
    a.leaseDurationSeconds === b.leaseDurationSeconds &&
    a.strategy === b.strategy &&
    a.preferredHolder === b.preferredHolder
  )
}

/** Beyond this, milliseconds are no longer counted exactly; the API itself keeps 32 bits. */
const LONGEST_SECONDS = Number.MAX_SAFE_INTEGER / 1000

/** The lease duration in milliseconds; null if the record has none that a candidate could wait for. */
export function leaseDurationMs(record: ElectionRecord): number | null {
  const seconds = record.leaseDurationSeconds
  return seconds !== null && seconds > 0 && seconds <= LONGEST_SECONDS ? seconds * 1000 : null
}

/**
 * Whether the record has a holder but no lease duration. It is not known when such a lease expires, and a client-go
 * candidate acquires it immediately, because it waits for zero seconds (`isLeaseValid`). So no command joins, releases or
 * moves it without being forced.
 */
export function isHeldWithoutDuration(record: ElectionRecord): boolean {
  return record.holderIdentity !== '' && leaseDurationMs(record) === null
}

function recordFrom(fields: unknown, transitionsField: string): ElectionRecord {
  const source: Record<string, unknown> = isObject(fields) ? fields : {}
  return {
    holderIdentity: text(source['holderIdentity']) ?? '',
    leaseDurationSeconds: finite(source['leaseDurationSeconds']),
    leaseTransitions: finite(source[transitionsField]) ?? 0,
    acquireTime: time(source['acquireTime']),
    renewTime: time(source['renewTime']),
    strategy: text(source['strategy']),
    preferredHolder: text(source['preferredHolder']),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** Reads a number, or a number that was written as text. */
function finite(value: unknown): number | null {
  const number = typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** A date and time in common formats: with a space or a T, a fraction, an offset. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})([.,]\d+)? ?(Z|[+-]\d{2}:?\d{2})?$/i

/** A valid `Date` as text; anything else as it is. */
export function dateText(value: unknown): unknown {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value
}

/** The format that client-go writes. */
const CANONICAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/

/** The numbers that can be timestamps of an election: from 1973, and with a four-digit year; seconds since the epoch. */
const EARLIEST_SECONDS = 1e8
const LATEST_SECONDS = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

/** Converts a time to RFC 3339, also one that `@kubernetes/client-node` has read into a `Date`. Text that is not a time stays unchanged, so that a change of it is still noticed. */
function time(value: unknown): string | null {
  if (typeof value === 'number' && value >= EARLIEST_SECONDS && value <= LATEST_SECONDS) return new Date(value * 1000).toISOString()
  const given = text(dateText(value))
  // client-go's format is kept as it is. A string made of pieces takes ten times the memory.
  if (given !== null && CANONICAL_TIME.test(given)) return given
  const parts = given === null ? null : DATE_TIME.exec(given)
  if (!parts) return given
  const [, date, clock, fraction = '', zone = 'Z'] = parts
  return `${date}T${clock}${fraction.replace(',', '.')}${zone.toUpperCase().replace(/(\d{2}):?(\d{2})$/, '$1:$2')}`
}
