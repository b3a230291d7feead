/** A duration as text, with decimals if it is short: `0.03s`, `4.2s`, `17s`, `2m15s`. */
export function secondsText(ms: number): string {
  const seconds = Math.max(ms, 0) / 1000
  if (seconds < 1) return `${seconds.toFixed(2)}s`
  if (seconds < 10) return `${Number(seconds.toFixed(1))}s`
  const whole = Math.round(seconds)
  if (whole < 120) return `${whole}s`
  const rest = whole % 60
  return `${Math.floor(whole / 60)}m${rest === 0 ? '' : `${rest}s`}`
}
