import * as vscode from 'vscode'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** A duration as kubectl writes it (`15s`, `1m30s`, `0`; a bare number is seconds), in milliseconds; null if it is not one. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return Number(trimmed) * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(trimmed)) return null
  const parts = trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS], 0)
}

/** The reverse of {@link parseDuration}, for an input box: `10m`, `1m30s`, `1.5s`. */
export function durationInput(ms: number): string {
  const hours = Math.floor(ms / UNIT_MS.h)
  const minutes = Math.floor((ms % UNIT_MS.h) / UNIT_MS.m)
  const seconds = (ms % UNIT_MS.m) / UNIT_MS.s
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
    validateInput: (typed) => (parseDuration(typed) === null ? vscode.l10n.t('Use a format like 15s or 1m30s, or 0.') : undefined),
  })
  return text === undefined ? undefined : (parseDuration(text) ?? undefined)
}
