import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import type { Mark } from '../marks.ts'
import type { Pause } from '../messages.ts'
import type { TimelineStrings } from '../strings.ts'
import type { View } from '../viewport.ts'
import type { TimeOfDay } from '../wording.ts'
import { drawLanes } from './lanes.ts'
import { layOut, type Layout } from './layout.ts'
import { drawRenewals, shareOf } from './renewal-chart.ts'
import { node, px, type SvgNode } from './svg-node.ts'
import { teethOf, type Tooth } from './lease-age.ts'
import { clockTicksOf, ticksOf } from './time-axis.ts'

export interface PictureOptions {
  readonly view: View
  readonly widthPx: number
  /** The election's own name, which some programs append to their identity. */
  readonly electionName: string
  readonly strings: TimelineStrings
  /** Formats a time of day for the axis, given in milliseconds since the epoch. */
  readonly timeOfDay: TimeOfDay
  /** Pauses of a program that is debugged as the leader. */
  readonly pauses?: readonly Pause[]
  /** The selected mark. */
  readonly selected: Mark | null
}

/** The room that one label needs. */
const TICK_PX = 80

/** Draws a part of a timeline. Its shapes have classes, so that the page and the exported file can style them differently. */
export function drawTimeline(snapshot: TimelineSnapshot, options: PictureOptions): SvgNode {
  const { view, widthPx, strings, electionName } = options
  const teeth = teethOf(snapshot)
  const layout = layoutOf(snapshot, view, widthPx, electionName, teeth)
  return node(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: widthPx,
      height: layout.heightPx,
      viewBox: `0 0 ${widthPx} ${layout.heightPx}`,
    },
    [
      node('defs', {}, [hatching, stripes]),
      ...drawAxis(snapshot, layout, options),
      ...drawPauses(snapshot, layout, options),
      ...drawTransitions(snapshot, layout),
      ...drawLanes(snapshot, teeth, layout, electionName, strings),
      ...drawRenewals(snapshot, teeth, layout, strings),
      ...drawUnknown(snapshot, layout, strings),
      ...drawSelected(options.selected, layout),
    ],
  )
}

/** The layout of a timeline, with a scale that its whole length fits in. */
export function layoutOf(
  snapshot: TimelineSnapshot,
  view: View,
  widthPx: number,
  electionName: string,
  teeth: readonly Tooth[] = teethOf(snapshot),
): Layout {
  return layOut(snapshot, view, widthPx, electionName, Math.max(0, ...teeth.map(({ share }) => share)))
}

const stripes = node('pattern', { id: 'blocked', width: 6, height: 6, patternUnits: 'userSpaceOnUse' }, [
  node('path', { class: 'stripe', d: 'M-1 -1L7 7M-1 5L1 7M5 -1L7 1' }),
])

const hatching = node('pattern', { id: 'hatching', width: 8, height: 8, patternUnits: 'userSpaceOnUse' }, [
  node('path', { class: 'hatching', d: 'M-2 10L10 -2M-2 2L2 -2M6 10L10 6' }),
])

/** While it follows the present, how long ago; else, so that it keeps still, the time of day. */
function drawAxis({ now }: TimelineSnapshot, layout: Layout, { view, strings, timeOfDay }: PictureOptions): SvgNode[] {
  const { fromMs, toMs, leftPx, rightPx, lanesTopPx, chartBottomPx, x } = layout
  const most = (rightPx - leftPx) / TICK_PX
  const wallOf = (atMs: number): number => now.wallMs - now.monotonicMs + atMs
  const ticks =
    view.endMs === null ? ticksOf(fromMs, toMs, now.monotonicMs, most, strings) : clockTicksOf(fromMs, toMs, wallOf, most, timeOfDay)
  return ticks.flatMap(({ atMs, label }) => [
    node('path', { class: 'tick', d: `M${px(x(atMs))} ${lanesTopPx}V${chartBottomPx + 4}` }),
    node(
      'text',
      { class: 'name', x: px(Math.min(x(atMs), rightPx - 10)), y: chartBottomPx + 17, 'text-anchor': 'middle' },
      [label],
    ),
  ])
}

/** A band behind everything else. */
function drawPauses({ now }: TimelineSnapshot, { lanesTopPx, chartBottomPx, leftPx, rightPx, x }: Layout, { pauses = [], strings }: PictureOptions): SvgNode[] {
  return pauses.flatMap(({ fromMs, toMs }) => {
    const [left, right] = [Math.max(x(fromMs), leftPx), Math.min(x(toMs ?? now.monotonicMs), rightPx)]
    if (right <= left) return []
    return [
      node('rect', { class: 'pause', x: px(left), y: lanesTopPx, width: px(right - left), height: chartBottomPx - lanesTopPx }, [
        node('title', {}, [strings.pausedAtBreakpoint]),
      ]),
    ]
  })
}

function drawTransitions(
  { transitions }: TimelineSnapshot,
  { fromMs, toMs, lanesTopPx, chartBottomPx, x }: Layout,
): SvgNode[] {
  const within = transitions.filter(({ at }) => at.monotonicMs >= fromMs && at.monotonicMs <= toMs)
  if (within.length === 0) return []
  const lines = within.map(({ at }) => `M${px(x(at.monotonicMs))} ${lanesTopPx}V${chartBottomPx}`)
  return [node('path', { class: 'transition', d: lines.join('') })]
}

/** The times without a connection, and those before the recording began. */
function drawUnknown(
  { now, disconnected, completeFrom }: TimelineSnapshot,
  layout: Layout,
  strings: TimelineStrings,
): SvgNode[] {
  const { fromMs, toMs, lanesTopPx, chartBottomPx, leftPx, rightPx, x } = layout
  const beforeMs = Math.min(completeFrom?.monotonicMs ?? now.monotonicMs, toMs)
  const spans = [
    ...disconnected.map(({ from, to }) => ({
      startMs: from.monotonicMs,
      endMs: (to ?? now).monotonicMs,
      look: 'unknown',
      label: strings.unknown,
    })),
    { startMs: fromMs, endMs: beforeMs, look: 'unrecorded', label: strings.notRecorded },
  ]
  return spans.flatMap(({ startMs, endMs, look, label }) => {
    const [left, right] = [Math.max(x(startMs), leftPx), Math.min(x(endMs), rightPx)]
    if (right <= left) return []
    const area = { x: px(left), y: lanesTopPx, width: px(right - left), height: chartBottomPx - lanesTopPx }
    const shapes = [
      node('rect', { class: look, ...area }),
      ...(look === 'unknown' ? [node('rect', { ...area, fill: 'url(#hatching)' })] : []),
    ]
    if (right - left < TICK_PX) return shapes
    return [
      ...shapes,
      node('text', { class: 'value', x: px((left + right) / 2), y: chartBottomPx - 8, 'text-anchor': 'middle' }, [
        label,
      ]),
    ]
  })
}

function drawSelected(mark: Mark | null, { x, y, fromMs, toMs, lanesTopPx, chartBottomPx }: Layout): SvgNode[] {
  if (!mark || mark.at.monotonicMs < fromMs || mark.at.monotonicMs > toMs) return []
  const at = px(x(mark.at.monotonicMs))
  const line = node('path', { class: 'selected', d: `M${at} ${lanesTopPx}V${chartBottomPx}` })
  if (mark.kind !== 'renewal') return [line]
  const cy = px(y(shareOf(mark.renewal)))
  return [line, node('path', { class: 'selected', d: `M${px(at - 7)} ${cy}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z` })]
}
