import * as vscode from 'vscode'
import { durationMsOf } from '../../shared/duration.ts'
import { readSettings } from '../settings.ts'

/** The maximum hold time of the settings, in milliseconds; 0 means no limit. @throws Error if it is not a duration */
export function usualMaxHoldMs(): number {
  const { maxHold } = readSettings()
  const ms = durationMsOf(maxHold.trim())
  if (ms === null) throw new Error(vscode.l10n.t('The setting {0} is not a valid duration: {1}. Use a format like 10m, or 0.', 'kubectlLeader.maxHold', maxHold))
  return ms
}
