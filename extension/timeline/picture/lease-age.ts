import type { LeadershipSpan, Renewal, TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'

/** The age of a lease from one write to the next: it grows from 0 to `share` of the lease duration. */
export interface Tooth {
  readonly fromMs: number
  readonly toMs: number
  readonly share: number
  /** Whether the next write is still awaited. */
  readonly isOpen: boolean
}

/** The age of the lease while it had a holder, as far as it was observed. */
export function teethOf(snapshot: TimelineSnapshot): readonly Tooth[] {
  const { now, spans, renewals, disconnected, renewalsFrom } = snapshot
  const wholeFromMs = renewalsFrom?.monotonicMs ?? Number.NEGATIVE_INFINITY
  const starts = spans.filter(({ kind, isStartSeen }) => kind !== 'expired' && isStartSeen).map(({ from }) => from.monotonicMs)
  const writes = [...new Set([...starts, ...renewals.map(({ at }) => at.monotonicMs)])].sort((a, b) => a - b)
  const unknown = new Set(renewals.filter(({ intervalMs }) => intervalMs === null).map(({ at }) => at.monotonicMs))
  const breaks = disconnected.map(({ from, to }) => ({ fromMs: from.monotonicMs, toMs: (to ?? now).monotonicMs }))
  const led = spans.filter(({ kind }) => kind === 'led')
  // Of renewals that are not all known, each shows its own interval.
  const teeth = renewals.filter(({ at }) => at.monotonicMs < wholeFromMs).flatMap(toothOf)
  let at = 0
  let broken = 0
  for (const [index, fromMs] of writes.entries()) {
    const next = writes[index + 1]
    const toMs = next ?? now.monotonicMs
    while (led[at + 1] && led[at + 1]!.from.monotonicMs <= fromMs) at++
    while (breaks[broken] && breaks[broken]!.toMs <= fromMs) broken++
    const span = led[at]
    if (!span || !isWithin(span, fromMs) || span.leaseDurationMs === null) continue
    if (fromMs < wholeFromMs) continue
    // Before a renewal whose interval is not known, others may have been missed.
    if (next !== undefined && unknown.has(next)) continue
    if (breaks[broken] && breaks[broken]!.fromMs < toMs) continue
    teeth.push({ fromMs, toMs, share: (toMs - fromMs) / span.leaseDurationMs, isOpen: next === undefined })
  }
  return teeth
}

function toothOf({ at, intervalMs, leaseDurationMs }: Renewal): Tooth[] {
  if (intervalMs === null || leaseDurationMs === null) return []
  return [{ fromMs: at.monotonicMs - intervalMs, toMs: at.monotonicMs, share: intervalMs / leaseDurationMs, isOpen: false }]
}

/** The part of a lease's age in which it was late, in this span: from two thirds of the lease duration on. */
export interface Silence {
  readonly fromMs: number
  readonly toMs: number
}

/** When the leader of a span was silent for too long. */
export function silencesOf(teeth: readonly Tooth[], { from, to, leaseDurationMs }: LeadershipSpan, nowMs: number, lateAfter: number): readonly Silence[] {
  if (leaseDurationMs === null) return []
  const endMs = to?.monotonicMs ?? nowMs
  return teeth
    .filter(({ fromMs, share }) => share > lateAfter && fromMs >= from.monotonicMs && fromMs < endMs)
    .map(({ fromMs, toMs }) => ({ fromMs: fromMs + leaseDurationMs * lateAfter, toMs: Math.min(toMs, endMs) }))
    .filter(({ fromMs, toMs }) => toMs > fromMs)
}

function isWithin({ from, to }: LeadershipSpan, atMs: number): boolean {
  return from.monotonicMs <= atMs && (to === null || atMs < to.monotonicMs)
}
