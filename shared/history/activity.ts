import { writerKey, type Writer } from './audit/writer.ts'
import { isRegular, regularAccounts } from './hand-writes.ts'
import type { Step } from './step.ts'
import type { TimeRange } from './time-range.ts'

/**
 * Writes in a row by one process, of which the log does not hold the contents: it shows who wrote, but not as whom, nor
 * whether it renewed, acquired or released.
 */
export interface Activity extends TimeRange {
  readonly writer: Writer
  readonly writes: number
  /** The longest time between two of them. */
  readonly longestSilenceMs: number
}

/** Collects the updates whose contents are not in the log. */
export function activityOf(steps: readonly Step[]): Activity[] {
  const regular = regularAccounts(steps)
  const found: Activity[] = []
  for (const { write, result, at } of steps) {
    if (!write || result.known !== 'unknown' || !isRegular(write.writer, write.verb, regular)) continue
    const last = found.at(-1)
    if (last && writerKey(last.writer) === writerKey(write.writer)) {
      const silenceMs = at.fromMs - last.toMs!
      found.splice(-1, 1, { ...last, toMs: at.toMs, writes: last.writes + 1, longestSilenceMs: Math.max(last.longestSilenceMs, silenceMs) })
    } else {
      found.push({ writer: write.writer, fromMs: at.fromMs, toMs: at.toMs, writes: 1, longestSilenceMs: 0 })
    }
  }
  return found
}
