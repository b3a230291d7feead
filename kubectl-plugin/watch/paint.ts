import type { State } from '../../shared/lease/index.ts'
import { STATE_COLOR } from '../output/color.ts'

/** Puts terminal attributes (ECMA-48 SGR) around text, or leaves it alone. Pieces do not nest. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  /** Kept without colours, as bold is: it says which row is selected. */
  readonly inverse: (text: string) => string
  readonly state: (state: State, text: string) => string
  /** Signs beside words, so that no state is told by colour alone. */
  readonly signs: Signs
}

export interface Signs {
  readonly states: Readonly<Record<State, string>>
  readonly selected: string
  readonly full: string
  readonly empty: string
  readonly line: string
  /** Beside the column that the rows are sorted by: upwards, downwards. */
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

/** Whether the terminal's locale (POSIX: LC_ALL before LC_CTYPE before LANG) shows more than ASCII. */
export function isUnicodeLocale(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  // Where no locale is set at all (containers, Windows), terminals still show UTF-8.
  return platform === 'win32' || platform === 'darwin' || locale === '' || /utf-?8/i.test(locale)
}
