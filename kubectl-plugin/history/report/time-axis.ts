const STEPS_MS = [100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 14400e3, 21600e3, 43200e3, 86400e3]
const DAY_MS = 86_400_000

/** A mark on a time axis. */
export interface Tick {
  readonly atMs: number
  readonly text: string
}

/** Round times between two others, at most `most`, and as text no longer than needed. */
export function ticks(fromMs: number, toMs: number, most: number): Tick[] {
  const spanMs = toMs - fromMs
  const stepMs = STEPS_MS.find((step) => spanMs / step <= most) ?? Math.ceil(spanMs / most / DAY_MS) * DAY_MS
  const found: Tick[] = []
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
    const iso = new Date(atMs).toISOString()
    const text = stepMs >= DAY_MS ? iso.slice(0, 10) : stepMs >= 60_000 ? iso.slice(11, 16) : stepMs >= 1000 ? iso.slice(11, 19) : iso.slice(11, 23)
    found.push({ atMs, text })
  }
  return found
}
