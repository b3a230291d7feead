import { durationMsOf } from '../../shared/duration.ts'
import { CommandError } from '../exit-code.ts'

/**
 * A duration in a flag, in milliseconds; see {@link durationMsOf}.
 *
 * @throws CommandError if the text is not a duration, or is negative.
 */
export function parseDuration(text: string): number {
  const ms = durationMsOf(text)
  if (ms === null) throw new CommandError(`"${text}" is not a valid duration. Use a format like 15s, 1m30s or 500ms.`)
  return ms
}

/**
 * An age as kubectl prints it in its columns (apimachinery `duration.HumanDuration`): at most two units, coarser for longer ages.
 * Negative ages, which come from clocks that differ, print as `0s`.
 */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (hours < 192) return twoUnits(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`
}

function twoUnits(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`
}
