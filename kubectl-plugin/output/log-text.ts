import { harmless } from '../../shared/lease/harmless.ts'

// SGR (ECMA-48 8.3.117) only sets the color and style of text.
const SGR = /(\x1b\[[0-9;:]*m)/
const RESET = '\u001b[0m'

/**
 * One line of a program's log for a terminal, without its line end. Colors are kept or removed, tabs are kept, and all
 * other control sequences are escaped. A line cannot color the text after it.
 */
export function terminalLogText(text: string, isColored: boolean): string {
  const parts = text.replace(/\r$/, '').split(SGR)
  const shown = parts.map((part, index) => (index % 2 === 1 ? (isColored ? part : '') : harmlessText(part))).join('')
  return isColored && parts.length > 1 ? shown + RESET : shown
}

/** Like harmless(), but keeps tabs and backslashes: programs log JSON, and its escapes must not be doubled. */
function harmlessText(text: string): string {
  return text.split(/([\t\\])/).map((part, index) => (index % 2 === 1 ? part : harmless(part))).join('')
}
