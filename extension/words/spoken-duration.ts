import * as vscode from 'vscode'
import { DURATION_STRINGS, durationText } from './durations.ts'

/** A duration of milliseconds in the language of the person: `4.2s`, `1m30s`. */
export function spokenDuration(ms: number): string {
  const { seconds, minutes, minutesAndSeconds, hours, hoursAndMinutes } = DURATION_STRINGS
  return durationText(ms, {
    seconds: vscode.l10n.t(seconds),
    minutes: vscode.l10n.t(minutes),
    minutesAndSeconds: vscode.l10n.t(minutesAndSeconds),
    hours: vscode.l10n.t(hours),
    hoursAndMinutes: vscode.l10n.t(hoursAndMinutes),
  })
}
