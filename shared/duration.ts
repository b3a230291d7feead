/** How durations are written and read: in Go's notation, as in kubectl's flags and in a Lease's documentation. */

const UNIT_MS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const PART = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)/y

/**
 * Reads a duration as kubectl does (Go's `time.ParseDuration`: `15s`, `1m30s`, `0`). A number without a unit is in
 * seconds, as for kubectl's `--request-timeout`.
 *
 * @returns milliseconds; null if the text is not a duration, or is negative
 */
export function durationMsOf(text: string): number | null {
  const ms = /^[0-9]+$/.test(text) ? Number(text) * 1000 : sumOfParts(text)
  return ms !== null && Number.isFinite(ms) ? ms : null
}

function sumOfParts(text: string): number | null {
  let ms = 0
  PART.lastIndex = 0
  do {
    const part = PART.exec(text)
    if (!part) return null
    ms += Number(part[1]) * UNIT_MS[part[2] as keyof typeof UNIT_MS]
  } while (PART.lastIndex < text.length)
  return ms
}

/** How a language writes a duration: `{0}` and `{1}` are the numbers. */
export interface DurationStrings {
  readonly seconds: string
  readonly minutes: string
  readonly minutesAndSeconds: string
  readonly hours: string
  readonly hoursAndMinutes: string
  readonly days: string
  readonly daysAndHours: string
}

/** As Go prints durations, with days in addition. */
export const DURATION_STRINGS = {
  seconds: '{0}s',
  minutes: '{0}m',
  minutesAndSeconds: '{0}m{1}s',
  hours: '{0}h',
  hoursAndMinutes: '{0}h{1}m',
  days: '{0}d',
  daysAndHours: '{0}d{1}h',
} as const satisfies DurationStrings

/**
 * A duration for a person, with two units at most: `0.03s`, `2.3s`, `45s`, `1m30s`, `3h5m`, `12d`. Below one second it
 * has two decimals, below ten seconds one.
 *
 * @param ms milliseconds; a negative duration shows as `0s`
 */
export function durationText(ms: number, strings: DurationStrings = DURATION_STRINGS): string {
  const exact = Math.max(ms, 0) / 1000
  if (exact < 10) return fill(strings.seconds, Number(exact.toFixed(exact < 1 ? 2 : 1)))
  const seconds = Math.round(exact)
  if (seconds < 60) return fill(strings.seconds, seconds)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return inTwo(minutes, seconds % 60, strings.minutes, strings.minutesAndSeconds)
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return inTwo(hours, minutes % 60, strings.hours, strings.hoursAndMinutes)
  return inTwo(Math.floor(hours / 24), hours % 24, strings.days, strings.daysAndHours)
}

function inTwo(major: number, minor: number, alone: string, both: string): string {
  return minor === 0 ? fill(alone, major) : fill(both, major, minor)
}

function fill(text: string, major: number, minor?: number): string {
  return text.replace('{0}', String(major)).replace('{1}', String(minor))
}
