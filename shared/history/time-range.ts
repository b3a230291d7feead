/** When something happened, as far as it is known: not before `fromMs` and not after `toMs`, in milliseconds since the epoch. */
export interface TimeRange {
  readonly fromMs: number
  /** Null: no upper bound is known. */
  readonly toMs: number | null
}

/** Reads an RFC 3339 time with microseconds, which `Date` drops: milliseconds since the epoch, with a fraction; null if it is not one. */
export function preciseMs(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) return null
  const fraction = /\.\d{3}(\d+)/.exec(value)?.[1]
  return fraction === undefined ? ms : ms + Number(`0.${fraction}`)
}

/** RFC 3339 in UTC with milliseconds; null for null. `up` rounds up, so that a range still contains what it did. */
export function timeText(ms: number | null, up: 'up' | 'down' = 'down'): string | null {
  if (ms === null) return null
  return new Date(up === 'up' ? Math.ceil(ms) : Math.floor(ms)).toISOString()
}
