import { fill } from '../../words/fill.ts'
import type { TimelineStrings } from '../strings.ts'

export interface Tick {
  readonly atMs: number
  readonly label: string
}

const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]

/** Round times before the present, as many as `mostTicks` at most. */
export function ticksOf(
  fromMs: number,
  toMs: number,
  nowMs: number,
  mostTicks: number,
  strings: TimelineStrings,
): Tick[] {
  const stepSeconds = stepSecondsFor(toMs - fromMs, mostTicks)
  const ticks: Tick[] = []
  const nearest = Math.max(0, Math.ceil((nowMs - toMs) / 1000 / stepSeconds))
  for (let count = nearest; ; count++) {
    const agoSeconds = count * stepSeconds
    const atMs = nowMs - agoSeconds * 1000
    if (atMs < fromMs) return ticks
    ticks.push({ atMs, label: agoText(agoSeconds, strings) })
  }
}

/** Round times of the clock, as many as `mostTicks` at most: they stay where they are while time passes. */
export function clockTicksOf(fromMs: number, toMs: number, wallOf: (atMs: number) => number, mostTicks: number, timeOfDay: (wallMs: number) => string): Tick[] {
  const stepMs = stepSecondsFor(toMs - fromMs, mostTicks) * 1000
  const shiftMs = wallOf(0)
  const ticks: Tick[] = []
  for (let wallMs = Math.ceil(wallOf(fromMs) / stepMs) * stepMs; wallMs <= wallOf(toMs); wallMs += stepMs) {
    ticks.push({ atMs: wallMs - shiftMs, label: timeOfDay(wallMs) })
  }
  return ticks
}

function stepSecondsFor(spanMs: number, mostTicks: number): number {
  const leastSeconds = spanMs / 1000 / Math.max(mostTicks, 1)
  return STEPS_SECONDS.find((step) => step >= leastSeconds) ?? Math.ceil(leastSeconds / 3600) * 3600
}

function agoText(seconds: number, strings: TimelineStrings): string {
  if (seconds === 0) return strings.nowTick
  if (seconds < 120) return fill(strings.secondsAgo, seconds)
  const minutes = round(seconds / 60)
  return minutes < 120 ? fill(strings.minutesAgo, minutes) : fill(strings.hoursAgo, round(minutes / 60))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
