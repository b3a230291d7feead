import { latenessOf, type Lateness, type Renewal, type TimelineSnapshot } from '../../../shared/lease/index.ts'
import { LATE_AFTER } from '../../../shared/lease/status.ts'
import { durationText } from '../../../shared/duration.ts'
import { fill } from '../../words/fill.ts'
import type { TimelineStrings } from '../strings.ts'
import { HIGHEST_SHARE, type Layout } from './layout.ts'
import { node, px, type SvgNode } from './svg-node.ts'

/** The interval of each renewal as a share of the lease duration, and the time since the last one. */
export function drawRenewals(snapshot: TimelineSnapshot, layout: Layout, strings: TimelineStrings): SvgNode[] {
  const { leftPx, rightPx, chartTopPx, chartBottomPx, x, y } = layout
  const within = snapshot.renewals.filter(({ at }) => at.monotonicMs >= layout.fromMs && at.monotonicMs <= layout.toMs)
  const durationMs = snapshot.spans.findLast(({ kind }) => kind === 'led')?.leaseDurationMs ?? null
  const limits = [
    line('limit-late', LATE_AFTER, strings.lateLine),
    line(
      'limit-lease',
      1,
      durationMs === null ? '' : fill(strings.leaseDuration, durationText(durationMs, strings)),
    ),
  ].flat()
  const stems = within.map((renewal) => `M${px(x(renewal.at.monotonicMs))} ${chartBottomPx}V${px(y(shareOf(renewal)))}`)
  const shapes = (['on-time', 'late', 'expired', 'unknown'] as const).map((lateness) =>
    pathOf(
      `renewal-${lateness}`,
      within.filter((renewal) => latenessOf(renewal) === lateness).map((renewal) => shape(renewal, lateness)),
    ),
  )
  return [
    node('path', { class: 'axis', d: `M${leftPx} ${chartTopPx}V${chartBottomPx}H${rightPx}` }),
    ...limits,
    ...pathOf('stems', stems),
    ...shapes.flat(),
    ...awaited(snapshot, layout),
  ]

  function line(look: string, share: number, label: string): SvgNode[] {
    const at = px(y(share))
    return [
      node('path', { class: look, d: `M${leftPx} ${at}H${rightPx}` }),
      node('text', { class: 'name', x: leftPx - 8, y: at + 4, 'text-anchor': 'end' }, [label]),
    ]
  }

  /** Renewals differ in shape as well as in color. */
  function shape(renewal: Renewal, lateness: Lateness): string {
    const [cx, cy] = [px(x(renewal.at.monotonicMs)), px(y(shareOf(renewal)))]
    if (lateness === 'late') return `M${px(cx - 5)} ${px(cy + 4)}H${px(cx + 5)}L${cx} ${px(cy - 5)}Z`
    if (lateness === 'expired') return `M${px(cx - 4)} ${px(cy - 4)}l8 8m0 -8l-8 8`
    return `M${px(cx - 2.5)} ${cy}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0Z`
  }
}

/** The time since the last renewal, as it grows. */
function awaited({ now, lastChange, spans }: TimelineSnapshot, { x, y, fromMs, toMs }: Layout): SvgNode[] {
  const open = spans.at(-1)
  const durationMs = open?.kind === 'led' || open?.kind === 'expired' ? open.leaseDurationMs : null
  if (!lastChange || durationMs === null) return []
  const [startMs, endMs] = [Math.max(lastChange.monotonicMs, fromMs), Math.min(now.monotonicMs, toMs)]
  if (startMs >= endMs) return []
  const share = (atMs: number): number => Math.min((atMs - lastChange.monotonicMs) / durationMs, HIGHEST_SHARE)
  return [
    node('path', {
      class: 'awaited',
      d: `M${px(x(startMs))} ${px(y(share(startMs)))}L${px(x(endMs))} ${px(y(share(endMs)))}`,
    }),
  ]
}

function pathOf(look: string, parts: readonly string[]): SvgNode[] {
  return parts.length === 0 ? [] : [node('path', { class: look, d: parts.join('') })]
}

/** The interval as a share of the lease duration; 0 if it is not known. */
export function shareOf({ intervalMs, leaseDurationMs }: Renewal): number {
  return intervalMs === null || leaseDurationMs === null ? 0 : intervalMs / leaseDurationMs
}
