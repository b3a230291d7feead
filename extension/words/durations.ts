import * as vscode from 'vscode'
import { DURATION_STRINGS, durationText } from '../../shared/duration.ts'

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

/** A duration of milliseconds in the language of the person: `4.2s`, `1m30s`. */
export function spokenDuration(ms: number): string {
  const { seconds, minutes, minutesAndSeconds, hours, hoursAndMinutes, days, daysAndHours } = DURATION_STRINGS
  return durationText(ms, {
    seconds: vscode.l10n.t(seconds),
    minutes: vscode.l10n.t(minutes),
    minutesAndSeconds: vscode.l10n.t(minutesAndSeconds),
    hours: vscode.l10n.t(hours),
    hoursAndMinutes: vscode.l10n.t(hoursAndMinutes),
    days: vscode.l10n.t(days),
    daysAndHours: vscode.l10n.t(daysAndHours),
  })
}

/** How long ago something happened, short enough for a row: `3m ago`; within a minute, `now`. */
export function ago(durationMs: number, language: string): string {
  const found = UNITS.find(({ ms }) => durationMs >= ms)
  if (!found) return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second')
  return new Intl.RelativeTimeFormat(language, { style: 'narrow' }).format(-Math.floor(durationMs / found.ms), found.unit)
}
