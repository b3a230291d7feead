import { latenessOf, type Lateness, type Renewal, type TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import { LATE_AFTER } from '../../../shared/lease/status.ts'
import { durationText } from '../../../shared/duration.ts'
import { fill } from '../../words/fill.ts'
import type { TimelineStrings } from '../strings.ts'
import type { Layout } from './layout.ts'
import type { Tooth } from './lease-age.ts'
import { node, px, type SvgNode } from './svg-node.ts'

/** The age of the lease, which each renewal ends, as a share of the lease duration. */
export function drawRenewals(snapshot: TimelineSnapshot, teeth: readonly Tooth[], layout: Layout, strings: TimelineStrings): SvgNode[] {
  const { leftPx, rightPx, chartTopPx, chartBottomPx, fromMs, toMs, topShare, x, y } = layout
  const within = snapshot.renewals.filter(({ at }) => at.monotonicMs >= fromMs && at.monotonicMs <= toMs)
  const led = snapshot.spans.filter(({ kind, from }) => kind === 'led' && from.monotonicMs <= toMs)
  const durationMs = led.at(-1)?.leaseDurationMs ?? null
  const durationName = durationMs === null ? '' : fill(strings.leaseDuration, durationText(durationMs, strings))
  const limits =
    topShare < LATE_AFTER
      ? line('tick', topShare, durationName === '' ? '' : `${topShare * 100}% · ${durationName}`)
      : [...line('limit-late', LATE_AFTER, strings.lateLine), ...line('limit-lease', 1, durationName)]
  const shown = teeth.filter((tooth) => tooth.fromMs < toMs && tooth.toMs > fromMs)
  const shapes = (['on-time', 'late', 'expired', 'unknown'] as const).map((lateness) =>
    pathOf(
      `renewal-${lateness}`,
      within.filter((renewal) => latenessOf(renewal) === lateness).map((renewal) => shape(renewal, lateness)),
    ),
  )
  return [
    node('path', { class: 'axis', d: `M${leftPx} ${chartTopPx}V${chartBottomPx}H${rightPx}` }),
    ...limits,
    ...pathOf('age', shown.filter((each) => !isAwaited(each)).map(tooth)),
    ...pathOf('awaited', shown.filter(isAwaited).map(tooth)),
    ...shapes.flat(),
  ]

  function line(look: string, share: number, label: string): SvgNode[] {
    const at = px(y(share))
    return [
      node('path', { class: look, d: `M${leftPx} ${at}H${rightPx}` }),
      node('text', { class: 'name', x: leftPx - 8, y: at + 4, 'text-anchor': 'end' }, [label]),
    ]
  }

  /** Whether the next write is not in view: a paused picture does not change when it comes. */
  function isAwaited({ isOpen, toMs: endMs }: Tooth): boolean {
    return isOpen || endMs > toMs
  }

  /** Rises with time, up to the top of the chart, and falls at the next write. */
  function tooth({ fromMs: startMs, toMs: endMs, share, isOpen }: Tooth): string {
    const shareAt = (atMs: number): number => (share * (atMs - startMs)) / (endMs - startMs)
    const topMs = share <= topShare ? endMs : startMs + ((endMs - startMs) * topShare) / share
    const points = [startMs, topMs, endMs].map((atMs) => Math.max(fromMs, Math.min(atMs, toMs)))
    const drawn = points.map((atMs) => `${px(x(atMs))} ${px(y(shareAt(atMs)))}`)
    return `M${drawn.join('L')}${isOpen || endMs > toMs ? '' : `V${px(chartBottomPx)}`}`
  }

  /** Renewals differ in shape as well as in color. */
  function shape(renewal: Renewal, lateness: Lateness): string {
    const [cx, cy] = [px(x(renewal.at.monotonicMs)), px(y(shareOf(renewal)))]
    if (lateness === 'late') return `M${px(cx - 5)} ${px(cy + 4)}H${px(cx + 5)}L${cx} ${px(cy - 5)}Z`
    if (lateness === 'expired') return `M${px(cx - 4)} ${px(cy - 4)}l8 8m0 -8l-8 8`
    return `M${px(cx - 2.5)} ${cy}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0Z`
  }
}

function pathOf(look: string, parts: readonly string[]): SvgNode[] {
  return parts.length === 0 ? [] : [node('path', { class: look, d: parts.join('') })]
}

/** The interval as a share of the lease duration; 0 if it is not known. */
export function shareOf({ intervalMs, leaseDurationMs }: Renewal): number {
  return intervalMs === null || leaseDurationMs === null ? 0 : intervalMs / leaseDurationMs
}
