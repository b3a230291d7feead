import type { TimelineSnapshot, TimelineSubject } from '../../shared/lease/index.ts'
import type { TimelineStrings } from './strings.ts'
import type { View } from './view.ts'

/** How the watch of the election stands. */
export type WatchPhase =
  | { readonly type: 'connecting' | 'live' }
  /** It was never seen, and can't be now; the reason is for a person. */
  | { readonly type: 'failed'; readonly reason: string }

/** What the extension tells the page. */
export type ToPage =
  | { readonly type: 'timeline'; readonly snapshot: TimelineSnapshot; readonly phase: WatchPhase }
  /** Time has passed, and nothing else has happened: what of the last snapshot that changes. */
  | { readonly type: 'tick'; readonly change: Pick<TimelineSnapshot, 'now' | 'spans' | 'lastChange'> }

/** What the page tells the extension. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'export'; readonly format: ExportFormat; readonly view: View; readonly widthPx: number }

export type ExportFormat = 'json' | 'svg'

/** What the page is given with its HTML. */
export interface PageSettings {
  readonly subject: TimelineSubject
  readonly strings: TimelineStrings
  /** A BCP 47 tag. */
  readonly language: string
}

const LEAST_WIDTH_PX = 480
const MOST_WIDTH_PX = 4_000

/** Reads a message of the page; null where it is none. */
export function fromPage(message: unknown): FromPage | null {
  const fields = object(message)
  if (fields['type'] === 'ready') return { type: 'ready' }
  const { format, widthPx } = fields
  const { spanMs, endMs } = object(fields['view'])
  if (fields['type'] !== 'export' || (format !== 'json' && format !== 'svg')) return null
  if (!isFinite(widthPx) || !isFinite(spanMs) || spanMs <= 0 || (endMs !== null && !isFinite(endMs))) return null
  const shownWidthPx = Math.round(Math.max(LEAST_WIDTH_PX, Math.min(widthPx, MOST_WIDTH_PX)))
  return { type: 'export', format, view: { spanMs, endMs, selected: null }, widthPx: shownWidthPx }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value)
}
