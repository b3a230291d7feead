import { Option } from 'commander'
import type { State } from '../../shared/lease/status.ts'
import type { Session } from '../session.ts'

export type ColorMode = 'auto' | 'always' | 'never'

/** `--color auto|always|never`. */
export function colorOption(): Option {
  return new Option('--color <when>', 'when to use color').choices(['auto', 'always', 'never']).default('auto')
}

/**
 * Whether to color stdout. By default, color is used on a terminal that supports it (not with `TERM=dumb`) if `NO_COLOR`
 * (no-color.org) is unset or empty.
 */
export function wantsColor(session: Pick<Session, 'stdout' | 'env'>, mode: ColorMode): boolean {
  if (mode !== 'auto') return mode === 'always'
  return session.stdout.isTTY && !session.env['NO_COLOR'] && session.env['TERM'] !== 'dumb'
}

/** The SGR parameter of each state's color. */
export const STATE_COLOR: Readonly<Record<State, number>> = {
  held: 32,
  late: 33,
  expired: 31,
  released: 36,
  blocked: 35,
  unknown: 90,
}

/** Wraps harmless text in an SGR color. */
export function colored(text: string, color: number): string {
  return `\u001b[${color}m${text}\u001b[0m`
}
