import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { TimelineSubject } from '../../shared/lease/timeline/timeline-json.ts'
import type { TimelineStrings } from './strings.ts'
import type { View, ViewAction } from './viewport.ts'

/** The state of the watch. */
export type WatchPhase =
  | { readonly type: 'connecting' | 'live' }
  /** The election was never read, and cannot be read now. The reason is for a person. */
  | { readonly type: 'failed'; readonly reason: string }

/** Pauses of a program that is debugged as the leader. */
export interface ShownPauses {
  readonly pauses: readonly Pause[]
  /** What is to be said of the one that goes on; null if there is none. */
  readonly text: string | null
}

/** From and to on the monotonic clock; milliseconds. */
export interface Pause {
  readonly fromMs: number
  /** Null while it goes on. */
  readonly toMs: number | null
}

/** Where a recording plays. Times are in milliseconds since the epoch. */
export interface Playback {
  readonly fromMs: number
  readonly toMs: number
  readonly atMs: number
  readonly isPlaying: boolean
  /** How many times faster than it was recorded. */
  readonly speed: number
}

/** Messages from the extension to the page. */
export type ToPage =
  | { readonly type: 'timeline'; readonly snapshot: TimelineSnapshot; readonly phase: WatchPhase; readonly playback?: Playback }
  /** Only time has passed: the parts of the last snapshot that change with it. */
  | { readonly type: 'act'; readonly action: ViewAction }
  | ({ readonly type: 'pauses' } & ShownPauses)
  /** The person wants to export what is in view: the page answers with it. */
  | { readonly type: 'export'; readonly format: ExportFormat }
  | { readonly type: 'tick'; readonly change: Pick<TimelineSnapshot, 'now' | 'spans' | 'lastChange'>; readonly playback?: Playback }

/** Messages from the page to the extension. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'paused'; readonly isPaused: boolean }
  /** Of a recording: plays or pauses, goes to a time in milliseconds since the epoch, or changes the speed. */
  | { readonly type: 'play'; readonly isPlaying: boolean }
  | { readonly type: 'seek'; readonly atMs: number }
  | { readonly type: 'speed'; readonly speed: number }
  | { readonly type: 'export'; readonly format: ExportFormat; readonly view: View; readonly widthPx: number }

export type ExportFormat = 'json' | 'svg'

/** Settings that are part of the page's HTML. */
export interface PageSettings {
  readonly subject: TimelineSubject
  /** Whether it ends with its window, as the sandbox and a recording do. */
  readonly isTransient: boolean
  /** The speeds at which a recording can be played; null for a watched election. */
  readonly speeds: readonly number[] | null
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
  if (fields['type'] === 'play' && typeof fields['isPlaying'] === 'boolean') return { type: 'play', isPlaying: fields['isPlaying'] }
  if (fields['type'] === 'seek' && isFinite(fields['atMs'])) return { type: 'seek', atMs: fields['atMs'] }
  if (fields['type'] === 'speed' && isFinite(fields['speed'])) return { type: 'speed', speed: fields['speed'] }
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
