/**
 * RFC 3339, as in Kubernetes' `Time` and `MicroTime`, or with an offset without a colon, as Java clients write it into
 * annotations. `Date.parse` alone accepts much that is not a timestamp.
 */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:Z|([+-]\d{2}):?(\d{2}))$/

/** A timestamp in milliseconds since the Unix epoch; null if it is missing or invalid. */
export function timestampMs(text: string | null): number | null {
  const parts = text === null ? null : TIMESTAMP.exec(text)
  if (!parts) return null
  const [, time, hours, minutes] = parts
  const ms = Date.parse(hours === undefined ? `${time}Z` : `${time}${hours}:${minutes}`)
  return Number.isNaN(ms) ? null : ms
}
