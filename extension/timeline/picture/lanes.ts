import { harmless } from '../../../shared/lease/harmless.ts'
import type { LeadershipSpan, TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import { LATE_AFTER } from '../../../shared/lease/status.ts'
import { shortHolder } from '../../tree/row-text.ts'
import { durationText } from '../../../shared/duration.ts'
import { fill as filled } from '../../words/fill.ts'
import type { TimelineStrings } from '../strings.ts'
import { BAR_PX, LANE_PX, laneOf, leaderlessLane, type Layout } from './layout.ts'
import { silencesOf, type Tooth } from './lease-age.ts'
import { node, px, type SvgNode } from './svg-node.ts'

/** The number of colors for Pods, which are used in turn: as many as there are lanes. */
export const POD_COLORS = 6
const CHARACTER_PX = 7
const LONGEST_TITLE = 300
/** The room that a label in the lane for the time without a leader needs. */
const LABEL_PX = 48

/** A lane for each Pod that has led, and one for the time without a leader. */
export function drawLanes(
  snapshot: TimelineSnapshot,
  teeth: readonly Tooth[],
  layout: Layout,
  electionName: string,
  strings: TimelineStrings,
): SvgNode[] {
  const last = leaderlessLane(layout)
  const rows: SvgNode[] = []
  if (layout.hasOthers) rows.push(laneName(strings.others, strings.others, 0, layout))
  for (const [index, pod] of layout.lanes.entries()) {
    const lane = index + (layout.hasOthers ? 1 : 0)
    rows.push(laneName(shortHolder(pod, electionName), harmless(pod, LONGEST_TITLE), lane, layout))
  }
  rows.push(laneName(strings.noLeader, strings.noLeader, last, layout))
  for (let lane = 0; lane <= last; lane++) {
    const y = laneTop(lane, layout) + LANE_PX / 2
    rows.push(node('path', { class: 'lane', d: `M${layout.leftPx} ${y}H${layout.rightPx}` }))
  }
  const within = snapshot.spans.filter(
    ({ from, to }) => from.monotonicMs < layout.toMs && (to ?? snapshot.now).monotonicMs > layout.fromMs,
  )
  return [
    ...rows,
    ...within.map((span) => bar(span, snapshot, layout, strings)),
    ...within.flatMap((span) => silences(span, teeth, snapshot, layout, strings)),
    ...within.filter((span) => isUnseen(span, snapshot)).map((span) => unseen(span, snapshot, layout, strings)),
    ...restarts(within, snapshot, layout, strings),
    ...leaderlessLabels(within, snapshot, layout, strings),
  ]
}

/** Whether nothing of a term was observed but the record: its leader may have stopped before. */
function isUnseen({ kind, isStartSeen, from, to }: LeadershipSpan, { renewals, renewalsFrom, completeFrom, now }: TimelineSnapshot): boolean {
  if (kind !== 'led' || isStartSeen) return false
  const endMs = (to ?? now).monotonicMs
  // While it was watched, a lease without renewals has soon expired.
  if (renewalsFrom && completeFrom && endMs > completeFrom.monotonicMs && endMs <= renewalsFrom.monotonicMs) return false
  return !renewals.some(({ at }) => at.monotonicMs >= from.monotonicMs && at.monotonicMs <= endMs)
}

function unseen(span: LeadershipSpan, { now }: TimelineSnapshot, layout: Layout, strings: TimelineStrings): SvgNode {
  const { x, width } = extent(span.from.monotonicMs, (span.to ?? now).monotonicMs, layout)
  const y = laneTop(laneOf(span, layout), layout) + (LANE_PX - BAR_PX) / 2
  const area = { x: px(x), y, width: px(Math.max(width, 1)), height: BAR_PX }
  return node('g', { class: 'unseen' }, [
    node('title', {}, [strings.notObserved]),
    node('rect', { class: 'unseen-ground', ...area }),
    node('rect', { ...area, fill: 'url(#hatching)' }),
  ])
}

/** Where a leader did not renew for too long: it stays to be seen after another one leads. */
function silences(span: LeadershipSpan, teeth: readonly Tooth[], { now }: TimelineSnapshot, layout: Layout, strings: TimelineStrings): SvgNode[] {
  if (span.kind !== 'led') return []
  const y = laneTop(laneOf(span, layout), layout) + (LANE_PX + BAR_PX) / 2 - 4
  return silencesOf(teeth, span, now.monotonicMs, LATE_AFTER)
    .filter(({ fromMs, toMs }) => fromMs < layout.toMs && toMs > layout.fromMs)
    .map(({ fromMs, toMs }) => {
      const { x, width } = extent(fromMs, toMs, layout)
      return node('rect', { class: 'silence', x: px(x), y, width: px(Math.max(width, 1)), height: 4 }, [
        node('title', {}, [filled(strings.silent, durationText(toMs - fromMs, strings))]),
      ])
    })
}

/** Where a Pod leads again with another identity: its process was restarted. */
function restarts(within: readonly LeadershipSpan[], { spans }: TimelineSnapshot, layout: Layout, strings: TimelineStrings): SvgNode[] {
  const led = spans.filter(({ kind }) => kind === 'led')
  return within.flatMap((span) => {
    const index = led.indexOf(span)
    if (index < 1 || span.from.monotonicMs < layout.fromMs) return []
    const pod = layout.podOf(span.holderIdentity)
    const before = led.slice(0, index).findLast(({ holderIdentity }) => layout.podOf(holderIdentity) === pod)
    if (!before || before.holderIdentity === span.holderIdentity) return []
    const [x, y] = [px(layout.x(span.from.monotonicMs)), laneTop(laneOf(span, layout), layout)]
    return [
      node('path', { class: 'restart', d: `M${px(x - 4)} ${y}h8l-4 6Z` }, [
        node('title', {}, [filled(strings.restarted, harmless(span.holderIdentity, LONGEST_TITLE))]),
      ]),
    ]
  })
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

function bar(span: LeadershipSpan, { now }: TimelineSnapshot, layout: Layout, strings: TimelineStrings): SvgNode {
  const { x, width } = extent(span.from.monotonicMs, (span.to ?? now).monotonicMs, layout)
  const lane = laneOf(span, layout)
  const pod = layout.podOf(span.holderIdentity)
  const color = layout.lanes.includes(pod) ? `led${layout.pods.indexOf(pod) % POD_COLORS}` : 'led-other'
  const look = span.kind === 'led' ? color : `bar-${span.kind}`
  const y = laneTop(lane, layout) + (LANE_PX - BAR_PX) / 2
  // Of what is in view, so that a paused picture keeps still.
  const lasted = durationText(Math.min((span.to ?? now).monotonicMs, layout.toMs) - span.from.monotonicMs, strings)
  const title = [harmless(span.holderIdentity, LONGEST_TITLE), lasted].filter(Boolean).join(': ')
  const fill = span.kind === 'blocked' ? { fill: 'url(#blocked)' } : {}
  return node('rect', { class: look, x: px(x), y, width: px(Math.max(width, 1)), height: BAR_PX, rx: 2, ...fill }, [
    node('title', {}, [title]),
  ])
}

/** The length of each time without a leader, to the left of it, if there is room. So it does not jump while time passes. */
function leaderlessLabels(
  spans: readonly LeadershipSpan[],
  { now }: TimelineSnapshot,
  layout: Layout,
  strings: TimelineStrings,
): SvgNode[] {
  const labels: SvgNode[] = []
  const y = laneTop(leaderlessLane(layout), layout) + LANE_PX / 2 + 4
  let freeFromPx = layout.leftPx
  for (const times of consecutive(spans.filter(({ kind }) => kind !== 'led'))) {
    const startMs = times[0]!.from.monotonicMs
    const endMs = Math.min((times.at(-1)!.to ?? now).monotonicMs, layout.toMs)
    const left = layout.x(startMs) - 4
    if (left - LABEL_PX >= freeFromPx) {
      labels.push(node('text', { class: 'value', x: px(left), y, 'text-anchor': 'end' }, [durationText(endMs - startMs, strings)]))
    }
    freeFromPx = layout.x(endMs)
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

function extent(fromMs: number, toMs: number, layout: Layout): { readonly x: number; readonly width: number } {
  const x = Math.max(layout.x(fromMs), layout.leftPx)
  const end = Math.min(layout.x(toMs), layout.rightPx)
  return { x, width: end - x }
}

function laneTop(lane: number, { lanesTopPx }: Layout): number {
  return lanesTopPx + lane * LANE_PX
}
