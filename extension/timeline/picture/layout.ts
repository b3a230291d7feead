import { holderReadings } from '../../../shared/lease/holder.ts'
import type { LeadershipSpan, TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
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
  /** The Pods, or other holders, that have ever led, in the order in which they first did: an index is a color. */
  readonly pods: readonly string[]
  /** Those with a lane of their own, from top to bottom. */
  readonly lanes: readonly string[]
  readonly hasOthers: boolean
  /** The Pod, or other holder, that an identity belongs to. */
  readonly podOf: (identity: string) => string
  readonly lanesTopPx: number
  readonly chartTopPx: number
  readonly chartBottomPx: number
  /** The share of the lease duration at the top of the chart. Higher ones are drawn there. */
  readonly topShare: number
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
/** What the chart can show, as shares of the lease duration. */
const TOP_SHARES = [0.25, 0.5, 1.25] as const

/**
 * Lays out a part of a timeline in a picture of a given width. Lanes, colors and scale depend on the whole timeline, so that
 * nothing jumps when the part in view changes.
 *
 * @param highestShare The highest share of the lease duration that is to be shown.
 */
export function layOut(snapshot: TimelineSnapshot, view: View, widthPx: number, electionName: string, highestShare: number): Layout {
  const { fromMs, toMs } = windowOf(view, snapshot.now.monotonicMs)
  const podOf = (identity: string): string => podName(identity, electionName)
  const led = snapshot.spans.filter(({ kind }) => kind === 'led').map(({ holderIdentity }) => podOf(holderIdentity))
  const pods = [...new Set(led)]
  const hasOthers = pods.length > MOST_LANES
  const latest = new Set([...new Set(led.toReversed())].slice(0, MOST_LANES))
  const lanes = pods.filter((pod) => latest.has(pod))
  const leftPx = Math.round(Math.min(190, widthPx * 0.3))
  const rightPx = Math.max(widthPx - RIGHT_PX, leftPx + 10)
  const chartTopPx = TOP_PX + (lanes.length + (hasOthers ? 2 : 1)) * LANE_PX + GAP_PX
  const chartBottomPx = chartTopPx + CHART_PX
  const topShare = TOP_SHARES.find((share) => share >= highestShare) ?? TOP_SHARES[TOP_SHARES.length - 1]!
  return {
    widthPx,
    heightPx: chartBottomPx + AXIS_PX,
    leftPx,
    rightPx,
    fromMs,
    toMs,
    pods,
    lanes,
    hasOthers,
    podOf,
    lanesTopPx: TOP_PX,
    chartTopPx,
    chartBottomPx,
    topShare,
    x: (monotonicMs) => leftPx + ((monotonicMs - fromMs) / (toMs - fromMs)) * (rightPx - leftPx),
    y: (share) => chartBottomPx - (Math.min(share, topShare) / topShare) * CHART_PX,
  }
}

/** The lane of a span: its Pod's, that of all other Pods, or that of the time without a leader. */
export function laneOf({ kind, holderIdentity }: LeadershipSpan, layout: Pick<Layout, 'lanes' | 'hasOthers' | 'podOf'>): number {
  if (kind !== 'led') return leaderlessLane(layout)
  const lane = layout.lanes.indexOf(layout.podOf(holderIdentity))
  return lane >= 0 ? lane + (layout.hasOthers ? 1 : 0) : 0
}

export function leaderlessLane({ lanes, hasOthers }: Pick<Layout, 'lanes' | 'hasOthers'>): number {
  return lanes.length + (hasOthers ? 1 : 0)
}

/** The processes of one Pod, one after the other, have identities of their own if these contain a random part. */
function podName(identity: string, electionName: string): string {
  const [reading] = holderReadings(identity, electionName)
  return reading?.isDelimited && reading.isPerProcess ? reading.name : identity
}
