import { harmless } from '../../shared/lease/harmless.ts'

// SGR (ECMA-48 8.3.117) colours text, and does nothing else.
const SGR = /(\x1b\[[0-9;:]*m)/
const RESET = '\u001b[0m'

/**
 * One line of a program's log for a terminal, without its line end: colours are left (or taken away), tabs are kept,
 * and every other control sequence shows as what it is. A line can't colour what comes after it.
 */
export function terminalLogText(text: string, isColored: boolean): string {
  const parts = text.replace(/\r$/, '').split(SGR)
  const shown = parts.map((part, index) => (index % 2 === 1 ? (isColored ? part : '') : harmlessText(part))).join('')
  return isColored && parts.length > 1 ? shown + RESET : shown
}

/** As harmless(), but for tabs, and for backslashes: programs log JSON, and its escapes are not to be doubled. */
function harmlessText(text: string): string {
  return text.split(/([\t\\])/).map((part, index) => (index % 2 === 1 ? part : harmless(part))).join('')
}
