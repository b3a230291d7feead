/**
 * Makes text from a cluster safe to show in a terminal or a tooltip. Control characters (and with them escape sequences),
 * bidirectional overrides, and invisible or line-breaking characters become escapes such as `\x1b` or `\u202e`. Ordinary
 * text of any script stays unchanged. A backslash that would otherwise read as such an escape is doubled.
 *
 * @param limit the longest result in UTF-16 units; a longer one is cut and ends in `…`. Default: no limit.
 */
export function harmless(text: string, limit = Number.POSITIVE_INFINITY): string {
  // Cut before escaping as well, so that a name of 10 MB costs nothing.
  const source = text.length > limit ? text.slice(0, limit) : text
  const escaped = PLAIN.test(source) ? source : escapeUnsafe(source)
  return escaped.length > limit || text.length > limit ? `${wholeCharacters(escaped, limit - 1)}…` : escaped
}

const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/

// C0 and C1 controls, DEL; soft hyphen and other format characters (\p{Cf}: zero-width, bidirectional, tags); line and
// paragraph separators; private use and lone surrogates. And combining marks beyond those that any script piles on one
// letter, which take no column, and would be drawn over the lines above and below.
// Set up when there is something to escape: a pattern of Unicode's classes takes a millisecond.
function escapeUnsafe(text: string): string {
  return text.replace(/(?<=\p{M}{6})\p{M}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]|\\(?=x[0-9a-f]{2}|u[0-9a-f{])/gu, escapeCharacter)
}

function escapeCharacter(character: string): string {
  if (character === '\\') return '\\\\'
  const code = character.codePointAt(0)!
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

function wholeCharacters(text: string, length: number): string {
  const cut = text.slice(0, Math.max(length, 0))
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
}
