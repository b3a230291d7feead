import * as vscode from 'vscode'
import { durationMsOf } from '../../shared/duration.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** The reverse of {@link durationMsOf}, for an input box: `10m`, `1m30s`, `1.5s`. */
export function durationInput(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS)
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
  const seconds = (ms % MINUTE_MS) / 1000
  const text = `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${Number(seconds.toFixed(3))}s` : ''}`
  return text === '' ? '0s' : text
}

/** Asks for a duration, in milliseconds; undefined if the person cancels. */
export async function askDuration(title: string, prompt: string, value: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt,
    value,
    // One of several questions: keep it open while the person looks something up in another window.
    ignoreFocusOut: true,
    validateInput: (typed) => (durationMsOf(typed.trim()) === null ? vscode.l10n.t('Use a format like 15s or 1m30s, or 0.') : undefined),
  })
  return text === undefined ? undefined : (durationMsOf(text.trim()) ?? undefined)
}
