import type { TimelineSnapshot, TimelineSubject } from '../../shared/lease/index.ts'
import type { TimelineStrings } from './strings.ts'
import type { View, ViewAction } from './viewport.ts'

/** The state of the watch. */
export type WatchPhase =
  | { readonly type: 'connecting' | 'live' }
  /** The election was never read, and cannot be read now. The reason is for a person. */
  | { readonly type: 'failed'; readonly reason: string }

/** Messages from the extension to the page. */
export type ToPage =
  | { readonly type: 'timeline'; readonly snapshot: TimelineSnapshot; readonly phase: WatchPhase }
  /** Only time has passed: the parts of the last snapshot that change with it. */
  | { readonly type: 'act'; readonly action: ViewAction }
  /** The person wants to export what is in view: the page answers with it. */
  | { readonly type: 'export'; readonly format: ExportFormat }
  | { readonly type: 'tick'; readonly change: Pick<TimelineSnapshot, 'now' | 'spans' | 'lastChange'> }

/** Messages from the page to the extension. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'paused'; readonly isPaused: boolean }
  | { readonly type: 'export'; readonly format: ExportFormat; readonly view: View; readonly widthPx: number }

export type ExportFormat = 'json' | 'svg'

/** Settings that are part of the page's HTML. */
export interface PageSettings {
  readonly subject: TimelineSubject
  /** Whether the context is the sandbox, which ends with its window. */
  readonly isSandbox: boolean
  readonly strings: TimelineStrings
  /** A BCP 47 tag. */
  readonly language: string
}

const LEAST_WIDTH_PX = 480
const MOST_WIDTH_PX = 4_000

/** Reads a message of the page; null if it is not valid. */
export function fromPage(message: unknown): FromPage | null {
  const fields = object(message)
  if (fields['type'] === 'ready') return { type: 'ready' }
  if (fields['type'] === 'paused' && typeof fields['isPaused'] === 'boolean') return { type: 'paused', isPaused: fields['isPaused'] }
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
