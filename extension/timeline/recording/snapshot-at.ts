import type { Moment } from '../../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'

/** What a timeline knew at an earlier moment. */
export function snapshotAt(whole: TimelineSnapshot, at: Moment): TimelineSnapshot {
  const isPast = ({ monotonicMs }: Moment): boolean => monotonicMs <= at.monotonicMs
  const open = <Span extends { readonly to: Moment | null }>(span: Span): Span => (span.to && !isPast(span.to) ? { ...span, to: null } : span)
  const spans = whole.spans.filter(({ from }) => isPast(from)).map(open)
  const renewals = whole.renewals.filter(({ at: renewedAt }) => isPast(renewedAt))
  const disconnected = whole.disconnected.filter(({ from }) => isPast(from)).map(open)
  const last = spans.at(-1)
  const begun = last?.kind !== 'expired' && last?.isStartSeen ? last.from : null
  const changes = [begun, renewals.at(-1)?.at ?? null].filter((moment) => moment !== null)
  return {
    ...whole,
    now: at,
    spans,
    renewals,
    transitions: whole.transitions.filter(({ at: changedAt }) => isPast(changedAt)),
    disconnected,
    lastChange: disconnected.at(-1)?.to === null ? null : (changes.sort((a, b) => a.monotonicMs - b.monotonicMs).at(-1) ?? null),
  }
}
