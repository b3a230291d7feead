import * as vscode from 'vscode'
import { DURATION_STRINGS, durationText, type DurationStrings } from './durations.ts'

/** A duration of milliseconds in the language of the person: `4.2s`, `1m30s`. */
export function spokenDuration(ms: number): string {
  return durationText(ms, translated())
}

function translated(): DurationStrings {
  const entries = Object.entries(DURATION_STRINGS).map(([key, text]) => [key, vscode.l10n.t(text)])
  return Object.fromEntries(entries) as unknown as DurationStrings
}
