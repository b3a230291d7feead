/** How a language writes a duration: `{0}` and `{1}` are the numbers. */
export interface DurationStrings {
  readonly seconds: string
  readonly minutes: string
  readonly minutesAndSeconds: string
  readonly hours: string
  readonly hoursAndMinutes: string
}

/** As Go prints durations. Translations are in l10n/. */
export const DURATION_STRINGS = {
  seconds: '{0}s',
  minutes: '{0}m',
  minutesAndSeconds: '{0}m{1}s',
  hours: '{0}h',
  hoursAndMinutes: '{0}h{1}m',
} as const satisfies DurationStrings

/** A duration of milliseconds with two units at most: `2.3s`, `45s`, `3m5s`, `1h20m`. Tenths are shown below ten seconds. */
export function durationText(ms: number, strings: DurationStrings): string {
  const tenths = Math.round(Math.max(ms, 0) / 100)
  if (tenths < 100) return fill(strings.seconds, tenths / 10)
  const seconds = Math.round(tenths / 10)
  if (seconds < 60) return fill(strings.seconds, seconds)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return inTwo(minutes, seconds % 60, strings.minutes, strings.minutesAndSeconds)
  return inTwo(Math.floor(minutes / 60), minutes % 60, strings.hours, strings.hoursAndMinutes)
}

function inTwo(major: number, minor: number, alone: string, both: string): string {
  return minor === 0 ? fill(alone, major) : fill(both, major, minor)
}

/** Fills `{0}`, `{1}`… in; what was filled in is not looked at again. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (placeholder, index: string) => String(values[Number(index)] ?? placeholder))
}

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

/** How long ago something happened, short enough for a row: `3m ago`; within a minute, `now`. */
export function ago(durationMs: number, language: string): string {
  const found = UNITS.find(({ ms }) => durationMs >= ms)
  if (!found) return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second')
  return new Intl.RelativeTimeFormat(language, { style: 'narrow' }).format(-Math.floor(durationMs / found.ms), found.unit)
}
