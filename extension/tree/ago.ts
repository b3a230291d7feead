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
