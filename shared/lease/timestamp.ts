/** RFC 3339, as Kubernetes writes its `Time` and `MicroTime`. `Date.parse` alone also takes much that is no time. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

/** A timestamp in milliseconds since the Unix epoch; null where it is absent or no RFC 3339 time. */
export function timestampMs(text: string | null): number | null {
  if (text === null || !RFC_3339.test(text)) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
