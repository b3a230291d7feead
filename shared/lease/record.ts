/**
 * What an election says of itself: the fields of client-go's `LeaderElectionRecord`
 * (tools/leaderelection/resourcelock/interface.go), however it is stored. The record is other people's data: every
 * reader here takes anything and throws nothing.
 */
export interface ElectionRecord {
  /** The identity of the holder; empty when nobody holds it. */
  readonly holderIdentity: string
  /** How long a candidate waits, from the last change that it saw, before it takes over; null where not given. */
  readonly leaseDurationSeconds: number | null
  /** How often the holder has changed. */
  readonly leaseTransitions: number
  /** When the holder took it, as it wrote that itself: RFC 3339, or null. Shown, never acted on. */
  readonly acquireTime: string | null
  /** When the holder last renewed it, as it wrote that itself: RFC 3339, or null. Shown, never acted on. */
  readonly renewTime: string | null
  /** Set on coordinated elections (KEP-4355): how the API server picks the leader. */
  readonly strategy: string | null
  /** Set on coordinated elections: who ought to lead instead of the holder. */
  readonly preferredHolder: string | null
}

/** The annotation that holds the record of an election on a ConfigMap or an Endpoints object (client-go). */
export const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'

/** Reads the `spec` of a coordination.k8s.io/v1 Lease. */
export function recordFromLeaseSpec(spec: unknown): ElectionRecord {
  return recordFrom(spec, 'leaseTransitions')
}

/**
 * Reads the text of {@link LEADER_ANNOTATION}, whose JSON names the transitions `leaderTransitions`; null where the
 * text is not a JSON object. No text and `null` are a record that nobody holds, as for client-go and the Python client.
 *
 * Clients in other languages write other forms. The official Python client says `"leaseDurationSeconds": "17"` and
 * `"renewTime": "2026-11-28 06:52:00.000001"` (`str(datetime.now())`); others write offsets without a colon, seconds
 * since the epoch, or numbers as text. All are read here as client-go writes them, so that whoever writes the record
 * next does so too. A time without a zone is taken for UTC, which is what the clock of nearly every container shows. It
 * is for people alone: no time that another machine wrote is acted on. Anything else is absent.
 */
export function recordFromAnnotation(text: string): ElectionRecord | null {
  const fields = annotationFields(text)
  return fields && recordFrom(fields, 'leaderTransitions')
}

/** The JSON object in the text of {@link LEADER_ANNOTATION}, empty where there is nothing in it; null where it is none. */
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

/** Whether two readings are the same election record, so that the holder did nothing in between. */
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

/** The lease duration in milliseconds, or null where the record gives none that a candidate could wait for. */
export function leaseDurationMs(record: ElectionRecord): number | null {
  const seconds = record.leaseDurationSeconds
  return seconds !== null && seconds > 0 && seconds <= LONGEST_SECONDS ? seconds * 1000 : null
}

/**
 * Whether somebody holds it without a duration. No candidate can tell when that expires, and client-go's take it at
 * once: they wait for zero seconds (`isLeaseValid`). So nobody joins, releases or moves it unasked.
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

/** A number, or one that was written as text. */
function finite(value: unknown): number | null {
  const number = typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** A date and a time as many programs write them: with a space or a T, a fraction, an offset. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})([.,]\d+)? ?(Z|[+-]\d{2}:?\d{2})?$/i

/** Numbers that can be times of an election: from 1973, and with four digits for the year; seconds since the epoch. */
const EARLIEST_SECONDS = 1e8
const LATEST_SECONDS = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

/** As RFC 3339, where it can be read; text that can't stays as it is, so that a change of it is seen. */
function time(value: unknown): string | null {
  if (typeof value === 'number' && value >= EARLIEST_SECONDS && value <= LATEST_SECONDS) return new Date(value * 1000).toISOString()
  const given = text(value)
  const parts = given === null ? null : DATE_TIME.exec(given)
  if (!parts) return given
  const [, date, clock, fraction = '', zone = 'Z'] = parts
  return `${date}T${clock}${fraction.replace(',', '.')}${zone.toUpperCase().replace(/(\d{2}):?(\d{2})$/, '$1:$2')}`
}
