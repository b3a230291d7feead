import type { Mark } from './marks.ts'

/** The part of a timeline that is in view. */
export interface View {
  readonly spanMs: number
  /** Its right edge, in monotonic milliseconds; null to follow the present. */
  readonly endMs: number | null
  /** The key of the selected mark. */
  readonly selected: string | null
}

/** What a person does to the view. */
export type ViewAction =
  /** Around a moment, in monotonic milliseconds; default: the selected mark, or the middle of the window. */
  | { readonly type: 'zoom'; readonly by: 1 | -1; readonly aroundMs?: number }
  | { readonly type: 'everything' | 'toggle-following' | 'clear' }
  /** In halves of the window; negative means back in time. */
  | { readonly type: 'move'; readonly by: number }
  /** To a right edge, in monotonic milliseconds. */
  | { readonly type: 'drag'; readonly endMs: number }
  | { readonly type: 'select'; readonly key: string }
  | { readonly type: 'step'; readonly by: 1 | -1; readonly onlyNotable: boolean }
  | { readonly type: 'first' | 'last' }

/** The whole of the recording. */
export interface Extent {
  readonly fromMs: number
  readonly nowMs: number
  /** Oldest first. */
  readonly marks: readonly Mark[]
}

export const FIRST_VIEW: View = { spanMs: 120_000, endMs: null, selected: null }

const ZOOMS_MS = [
  15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
  28_800_000, 43_200_000, 86_400_000,
]

/** The beginning and the end of the window. */
export function windowOf({ spanMs, endMs }: View, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  const toMs = endMs ?? nowMs
  return { fromMs: toMs - spanMs, toMs }
}

/** The view after an action. Every action that moves it, and selecting a mark, pauses it. */
export function changeView(view: View, action: ViewAction, extent: Extent): View {
  switch (action.type) {
    case 'zoom':
      return zoom(view, action.by, extent, action.aroundMs)
    case 'everything':
      return { ...view, endMs: null, spanMs: clamp(extent.nowMs - extent.fromMs, ZOOMS_MS[0]!, ZOOMS_MS.at(-1)!) }
    case 'toggle-following':
      return { ...view, endMs: view.endMs === null ? extent.nowMs : null }
    case 'clear':
      return { ...view, selected: null }
    case 'move':
      return moved(view, (view.endMs ?? extent.nowMs) + (action.by * view.spanMs) / 2, extent)
    case 'drag':
      return moved(view, action.endMs, extent)
    case 'select':
      return goTo(
        view,
        extent.marks.find(({ key }) => key === action.key),
        extent,
      )
    case 'first':
      return goTo(view, extent.marks[0], extent)
    case 'last':
      return goTo(view, extent.marks.at(-1), extent)
    case 'step':
      return goTo(view, next(view, action, extent), extent)
  }
}

/** The action of a key; null if it has none. */
export function actionOfKey({
  key,
  shiftKey,
}: {
  readonly key: string
  readonly shiftKey: boolean
}): ViewAction | null {
  switch (key) {
    case 'ArrowLeft':
      return { type: 'step', by: -1, onlyNotable: shiftKey }
    case 'ArrowRight':
      return { type: 'step', by: 1, onlyNotable: shiftKey }
    case 'Home':
      return { type: 'first' }
    case 'End':
      return { type: 'last' }
    case 'PageUp':
      return { type: 'move', by: -1 }
    case 'PageDown':
      return { type: 'move', by: 1 }
    case '+':
    case '=':
      return { type: 'zoom', by: 1 }
    case '-':
    case '_':
      return { type: 'zoom', by: -1 }
    case '0':
      return { type: 'everything' }
    case ' ':
      return { type: 'toggle-following' }
    case 'Escape':
      return { type: 'clear' }
    default:
      return null
  }
}

function next(
  view: View,
  { by, onlyNotable }: { by: 1 | -1; onlyNotable: boolean },
  { marks, nowMs }: Extent,
): Mark | undefined {
  const at = marks.findIndex(({ key }) => key === view.selected)
  // No mark is selected yet: begin at the right edge of the window.
  const edge = marks.filter(({ at: { monotonicMs } }) => monotonicMs <= windowOf(view, nowMs).toMs).length
  const start = at >= 0 ? at + by : by < 0 ? edge - 1 : edge
  for (let index = start; index >= 0 && index < marks.length; index += by) {
    if (!onlyNotable || marks[index]!.isNotable) return marks[index]
  }
  return at >= 0 ? marks[at] : undefined
}

function goTo(view: View, mark: Mark | undefined, { nowMs }: Extent): View {
  if (!mark) return view
  const { fromMs, toMs } = windowOf(view, nowMs)
  const atMs = mark.at.monotonicMs
  const held = { ...view, selected: mark.key, endMs: toMs }
  // Move the mark into the window, with a margin beyond it.
  if (atMs < fromMs) return { ...held, endMs: atMs + view.spanMs * 0.9 }
  if (atMs > toMs) return { ...held, endMs: Math.min(atMs + view.spanMs * 0.1, nowMs) }
  return held
}

function zoom(view: View, by: 1 | -1, extent: Extent, aroundMs?: number): View {
  const { spanMs } = view
  const wider = ZOOMS_MS.filter((zoomMs) => zoomMs > spanMs)
  const narrower = ZOOMS_MS.filter((zoomMs) => zoomMs < spanMs)
  const zoomedMs = (by > 0 ? narrower.at(-1) : wider[0]) ?? spanMs
  if (view.endMs === null) return { ...view, spanMs: zoomedMs }
  const { fromMs, toMs } = windowOf(view, extent.nowMs)
  const selectedMs = extent.marks.find(({ key }) => key === view.selected)?.at.monotonicMs
  const stillMs =
    aroundMs ?? (selectedMs !== undefined && selectedMs >= fromMs && selectedMs <= toMs ? selectedMs : (fromMs + toMs) / 2)
  return moved({ ...view, spanMs: zoomedMs }, stillMs + ((toMs - stillMs) / spanMs) * zoomedMs, extent)
}

function moved(view: View, endMs: number, { fromMs, nowMs }: Extent): View {
  return { ...view, endMs: clamp(endMs, Math.min(fromMs + view.spanMs / 2, nowMs), nowMs) }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}
