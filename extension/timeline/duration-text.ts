import { fill, type TimelineStrings } from './strings.ts'

/** A duration as it is said: `2.3 s`, `45 s`, `3 min 5 s`, `1 h 20 min`. */
export function durationText(ms: number, strings: TimelineStrings): string {
  const positiveMs = Math.max(ms, 0)
  if (positiveMs < 9_950) return fill(strings.seconds, (Math.round(positiveMs / 100) / 10).toFixed(1))
  const seconds = Math.round(positiveMs / 1000)
  if (seconds < 120) return fill(strings.seconds, seconds)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60)
    return seconds % 60 === 0 ? fill(strings.minutes, minutes) : fill(strings.minutesAndSeconds, minutes, seconds % 60)
  return fill(strings.hoursAndMinutes, Math.floor(minutes / 60), minutes % 60)
}
