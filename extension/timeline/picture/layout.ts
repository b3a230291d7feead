import type { LeadershipSpan, TimelineSnapshot } from '../../../shared/lease/index.ts'
import { windowOf, type View } from '../viewport.ts'

/** What is drawn where, in pixels. */
export interface Layout {
  readonly widthPx: number
  readonly heightPx: number
  /** The left edge of the plot. The names are to the left of it. */
  readonly leftPx: number
  readonly rightPx: number
  readonly fromMs: number
  readonly toMs: number
  /** Holders with a lane of their own, from top to bottom. */
  readonly holders: readonly string[]
  readonly hasOthers: boolean
  readonly lanesTopPx: number
  readonly chartTopPx: number
  readonly chartBottomPx: number
  /** Where a moment is drawn, also outside of the plot. */
  readonly x: (monotonicMs: number) => number
  /** Where a share of the lease duration is drawn. */
  readonly y: (share: number) => number
}

export const LANE_PX = 24
export const BAR_PX = 14
const CHART_PX = 130
const AXIS_PX = 24
const GAP_PX = 18
const TOP_PX = 8
const RIGHT_PX = 14
/** With more lanes, there would be no room for the renewals. */
const MOST_LANES = 6
/** The highest share of the lease duration in the chart. Higher ones are drawn at the top. */
export const HIGHEST_SHARE = 1.25

/** Lays out a part of a timeline in a picture of a given width. The height depends on the number of leaders. */
export function layOut(snapshot: TimelineSnapshot, view: View, widthPx: number): Layout {
  const { fromMs, toMs } = windowOf(view, snapshot.now.monotonicMs)
  const holders = holdersWithin(snapshot, fromMs, toMs)
  const hasOthers = holders.length > MOST_LANES
  const shownHolders = hasOthers ? holders.slice(-MOST_LANES) : holders
  const leftPx = Math.round(Math.min(190, widthPx * 0.3))
  const rightPx = Math.max(widthPx - RIGHT_PX, leftPx + 10)
  const chartTopPx = TOP_PX + (shownHolders.length + (hasOthers ? 2 : 1)) * LANE_PX + GAP_PX
  const chartBottomPx = chartTopPx + CHART_PX
  return {
    widthPx,
    heightPx: chartBottomPx + AXIS_PX,
    leftPx,
    rightPx,
    fromMs,
    toMs,
    holders: shownHolders,
    hasOthers,
    lanesTopPx: TOP_PX,
    chartTopPx,
    chartBottomPx,
    x: (monotonicMs) => leftPx + ((monotonicMs - fromMs) / (toMs - fromMs)) * (rightPx - leftPx),
    y: (share) => chartBottomPx - (Math.min(share, HIGHEST_SHARE) / HIGHEST_SHARE) * CHART_PX,
  }
}

/** The lane of a span: its holder's, that of all other holders, or that of the time without a leader. */
export function laneOf({ kind, holderIdentity }: LeadershipSpan, { holders, hasOthers }: Layout): number {
  if (kind !== 'led') return leaderlessLane({ holders, hasOthers })
  const lane = holders.indexOf(holderIdentity)
  return lane >= 0 ? lane + (hasOthers ? 1 : 0) : 0
}

export function leaderlessLane({ holders, hasOthers }: Pick<Layout, 'holders' | 'hasOthers'>): number {
  return holders.length + (hasOthers ? 1 : 0)
}

/** In the order in which they first led within the window. */
function holdersWithin({ spans, now }: TimelineSnapshot, fromMs: number, toMs: number): string[] {
  const within = spans.filter(({ kind, from, to }) => {
    return kind === 'led' && from.monotonicMs <= toMs && (to ?? now).monotonicMs >= fromMs
  })
  return [...new Set(within.map(({ holderIdentity }) => holderIdentity))]
}
