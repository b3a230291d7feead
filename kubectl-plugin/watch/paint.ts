import type { State } from '../../shared/lease/status.ts'
import { STATE_COLOR } from '../output/color.ts'

/** Adds terminal attributes (ECMA-48 SGR) to text, or leaves it as it is. Attributes do not nest. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  /** Used also without colors, like bold, because it marks the selected row. */
  readonly inverse: (text: string) => string
  readonly state: (state: State, text: string) => string
  /** Signs next to words, so that no state is shown by color alone. */
  readonly signs: Signs
}

export interface Signs {
  readonly states: Readonly<Record<State, string>>
  readonly selected: string
  readonly full: string
  readonly empty: string
  readonly line: string
  /** Next to the sort column: ascending, descending. */
  readonly order: readonly [string, string]
  readonly ellipsis: string
}

const UNICODE: Signs = {
  states: { held: '●', late: '◐', expired: '✗', released: '○', blocked: '◇', unknown: '?' },
  selected: '▸',
  full: '█',
  empty: '░',
  line: '─',
  order: ['▲', '▼'],
  ellipsis: '…',
}
const ASCII: Signs = {
  states: { held: '*', late: '!', expired: 'x', released: 'o', blocked: '#', unknown: '?' },
  selected: '>',
  full: '#',
  empty: '.',
  line: '-',
  order: ['^', 'v'],
  ellipsis: '~',
}

export function createPaint(choices: { readonly isColored: boolean; readonly isUnicode: boolean }): Paint {
  const around = (on: number, off: number, isKept = choices.isColored) =>
    isKept ? (text: string) => `\x1b[${on}m${text}\x1b[${off}m` : (text: string) => text
  return {
    bold: around(1, 22, true),
    dim: around(2, 22),
    red: around(31, 39),
    yellow: around(33, 39),
    inverse: around(7, 27, true),
    state: (state, text) => around(STATE_COLOR[state], 39)(text),
    signs: choices.isUnicode ? UNICODE : ASCII,
  }
}

/** Whether the terminal's locale (POSIX: LC_ALL, then LC_CTYPE, then LANG) can show more than ASCII. */
export function isUnicodeLocale(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  // If no locale is set (containers, Windows), terminals still show UTF-8.
  return platform === 'win32' || platform === 'darwin' || locale === '' || /utf-?8/i.test(locale)
}
