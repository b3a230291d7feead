/**
 * Cuts and pads text to the columns of a terminal, or of another fixed-width font. The text must already be harmless,
 * because these functions do not look for escape sequences.
 */

const ASCII = /^[\x20-\x7e]*$/

/** The number of columns of a text, as terminals count them (Unicode's East Asian Width; ambiguous is narrow). */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

/** Exactly `columns` wide: cut with an ellipsis, or padded with spaces. */
export function fit(text: string, columns: number, ellipsis = '…'): string {
  return pad(cut(text, columns, ellipsis), columns)
}

/** At most `columns` wide. */
export function cut(text: string, columns: number, ellipsis = '…'): string {
  if (columns <= 0) return ''
  if (columnsOf(text) <= columns) return text
  let used = 0
  let end = 0
  for (const character of text) {
    const width = columnsOfCharacter(character)
    if (used + width > columns - 1) break
    used += width
    end += character.length
  }
  return `${text.slice(0, end)}${ellipsis}`
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - columnsOf(text), 0))
}

function columnsOfCharacter(character: string): number {
  if (character <= '\x7e') return 1
  return isNarrow(character) ? 0 : isWide(character) ? 2 : 1
}

// Patterns with Unicode classes take a millisecond to compile, so they are created only when needed.

function isNarrow(character: string): boolean {
  return /^[\p{Mn}\p{Me}]/u.test(character)
}

function isWide(character: string): boolean {
  const wide =
    /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}])/u
  return wide.test(character)
}
