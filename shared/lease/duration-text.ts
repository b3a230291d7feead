/**
 * A length of time for a person, in Go's notation and no more exact than a person needs: `9.4s`, `23s`, `1m30s`, `45m`,
 * `3h`, `12d`.
 *
 * @param ms milliseconds; a negative length shows as `0s`
 */
export function durationText(ms: number): string {
  const exact = Math.max(ms, 0) / 1000
  if (exact < 10) return `${Math.round(exact * 10) / 10}s`
  const seconds = Math.round(exact)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 600) return `${Math.floor(seconds / 60)}m${seconds % 60 === 0 ? '' : `${seconds % 60}s`}`
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`
  return `${Math.round(seconds / 86_400)}d`
}
