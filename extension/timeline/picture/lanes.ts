import { harmless, type LeadershipSpan, type TimelineSnapshot } from '../../../shared/lease/index.ts'
import { shortHolder } from '../../tree/row-text.ts'
import { durationText } from '../../../shared/duration.ts'
import type { TimelineStrings } from '../strings.ts'
import { BAR_PX, LANE_PX, laneOf, leaderlessLane, type Layout } from './layout.ts'
import { node, px, type SvgNode } from './svg-node.ts'

/** The number of colors for holders, which are used in turn. */
const HOLDER_COLORS = 4
const CHARACTER_PX = 7
const LONGEST_TITLE = 300
/** The least distance between two labels in the lane for the time without a leader. */
const LABEL_PX = 48

/** A lane for each leader, and one for the time without a leader. */
export function drawLanes(
  snapshot: TimelineSnapshot,
  layout: Layout,
  electionName: string,
  strings: TimelineStrings,
): SvgNode[] {
  const last = leaderlessLane(layout)
  const rows: SvgNode[] = []
  if (layout.hasOthers) rows.push(laneName(strings.others, strings.others, 0, layout))
  for (const [index, holder] of layout.holders.entries()) {
    rows.push(
      laneName(
        shortHolder(holder, electionName),
        harmless(holder, LONGEST_TITLE),
        index + (layout.hasOthers ? 1 : 0),
        layout,
      ),
    )
  }
  rows.push(laneName(strings.noLeader, strings.noLeader, last, layout))
  for (let lane = 0; lane <= last; lane++) {
    const y = laneTop(lane, layout) + LANE_PX / 2
    rows.push(node('path', { class: 'lane', d: `M${layout.leftPx} ${y}H${layout.rightPx}` }))
  }
  const allHolders = [
    ...new Set(snapshot.spans.filter(({ kind }) => kind === 'led').map(({ holderIdentity }) => holderIdentity)),
  ]
  const within = snapshot.spans.filter(
    ({ from, to }) => from.monotonicMs < layout.toMs && (to ?? snapshot.now).monotonicMs > layout.fromMs,
  )
  const bars = within.map((span) => bar(span, snapshot, layout, allHolders.indexOf(span.holderIdentity), strings))
  return [...rows, ...bars, ...leaderlessLabels(within, snapshot, layout, strings)]
}

function laneName(name: string, whole: string, lane: number, layout: Layout): SvgNode {
  const room = Math.max(Math.floor((layout.leftPx - 14) / CHARACTER_PX), 3)
  // The names of the Pods of one Deployment differ only at the end.
  const shown = name.length <= room ? name : `…${name.slice(-(room - 1))}`
  const y = laneTop(lane, layout) + LANE_PX / 2 + 4
  return node('text', { class: 'name', x: layout.leftPx - 8, y, 'text-anchor': 'end' }, [
    node('title', {}, [whole]),
    shown,
  ])
}

function bar(
  span: LeadershipSpan,
  { now }: TimelineSnapshot,
  layout: Layout,
  holder: number,
  strings: TimelineStrings,
): SvgNode {
  const { x, width } = extent(span, now.monotonicMs, layout)
  const look = span.kind === 'led' ? `led${holder % HOLDER_COLORS}` : `bar-${span.kind}`
  const y = laneTop(laneOf(span, layout), layout) + (LANE_PX - BAR_PX) / 2
  const lasted = durationText((span.to ?? now).monotonicMs - span.from.monotonicMs, strings)
  const title = [harmless(span.holderIdentity, LONGEST_TITLE), lasted].filter(Boolean).join(': ')
  return node('rect', { class: look, x: px(x), y, width: px(Math.max(width, 1)), height: BAR_PX, rx: 2 }, [
    node('title', {}, [title]),
  ])
}

/** The length of each time without a leader, if there is room for the label. */
function leaderlessLabels(
  spans: readonly LeadershipSpan[],
  { now }: TimelineSnapshot,
  layout: Layout,
  strings: TimelineStrings,
): SvgNode[] {
  const labels: SvgNode[] = []
  const y = laneTop(leaderlessLane(layout), layout) + LANE_PX / 2 + 4
  let freeFromPx = Number.NEGATIVE_INFINITY
  for (const times of consecutive(spans.filter(({ kind }) => kind !== 'led'))) {
    const startMs = times[0]!.from.monotonicMs
    const endMs = (times.at(-1)!.to ?? now).monotonicMs
    const left = Math.max(layout.x(startMs), layout.leftPx) - 4
    const right = Math.min(layout.x(endMs), layout.rightPx) + 4
    const isAfter = right + LABEL_PX <= layout.rightPx
    const isFree = isAfter ? right >= freeFromPx : left - LABEL_PX >= Math.max(freeFromPx, layout.leftPx)
    freeFromPx = isAfter && isFree ? right + LABEL_PX : Math.max(freeFromPx, right)
    if (!isFree) continue
    const place = isAfter ? { x: px(right) } : { x: px(left), 'text-anchor': 'end' }
    labels.push(node('text', { class: 'value', y, ...place }, [durationText(endMs - startMs, strings)]))
  }
  return labels
}

/** Groups spans in which each begins when the previous one ends. */
function consecutive(spans: readonly LeadershipSpan[]): LeadershipSpan[][] {
  const groups: LeadershipSpan[][] = []
  for (const span of spans) {
    const group = groups.at(-1)
    if (group?.at(-1)?.to?.monotonicMs === span.from.monotonicMs) group.push(span)
    else groups.push([span])
  }
  return groups
}

function extent(
  { from, to }: LeadershipSpan,
  nowMs: number,
  layout: Layout,
): { readonly x: number; readonly width: number } {
  const x = Math.max(layout.x(from.monotonicMs), layout.leftPx)
  const end = Math.min(layout.x(to?.monotonicMs ?? nowMs), layout.rightPx)
  return { x, width: end - x }
}

function laneTop(lane: number, { lanesTopPx }: Layout): number {
  return lanesTopPx + lane * LANE_PX
}
