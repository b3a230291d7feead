import { CommandError } from '../exit-code.ts'
import { parseDuration } from '../output/duration.ts'

/**
 * Parses a time: RFC 3339, also without seconds or zone (then UTC), or a duration before now.
 *
 * @throws CommandError if it is neither.
 */
export function parseTime(flag: string, text: string, nowMs: number): number {
  const date = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i.exec(text)
  if (date) {
    const ms = Date.parse(date[1] === undefined && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'))
    if (!Number.isNaN(ms)) return ms
  } else {
    try {
      return nowMs - parseDuration(text)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
    }
  }
  throw new CommandError(`"${text}" is not a valid time for ${flag}. Use a time like 2026-11-28T03:00:00Z, or a duration before now like 2h.`)
}
