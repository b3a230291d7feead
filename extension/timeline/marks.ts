import {
  isNearMiss,
  type DisconnectedSpan,
  type LeadershipChange,
  type LeadershipSpan,
  type Renewal,
  type TimelineSnapshot,
} from '../../shared/lease/timeline/snapshot.ts'
import type { Moment } from '../../shared/lease/status.ts'

/** Something on the timeline that the person can select. */
export type Mark = {
  readonly key: string
  readonly at: Moment
  /** False for an on-time renewal. */
  readonly isNotable: boolean
} & (
  | { readonly kind: 'renewal'; readonly renewal: Renewal }
  | { readonly kind: 'transition'; readonly change: LeadershipChange }
  /** Leadership ended. */
  | { readonly kind: 'span'; readonly span: LeadershipSpan }
  | { readonly kind: 'break'; readonly disconnected: DisconnectedSpan }
)

/** All marks of a timeline, oldest first. */
export function marksOf({ renewals, transitions, spans, disconnected }: TimelineSnapshot): readonly Mark[] {
  const marks: Mark[] = [
    ...renewals.map((renewal): Mark => ({
      kind: 'renewal',
      ...place('renewal', renewal.at),
      isNotable: isNearMiss(renewal),
      renewal,
    })),
    ...transitions.map((change): Mark => ({
      kind: 'transition',
      ...place('transition', change.at),
      isNotable: true,
      change,
    })),
    ...spans
      .filter(({ kind }) => kind !== 'led')
      .map((span): Mark => ({ kind: 'span', ...place(span.kind, span.from), isNotable: true, span })),
    ...disconnected.map((span): Mark => ({
      kind: 'break',
      ...place('break', span.from),
      isNotable: true,
      disconnected: span,
    })),
  ]
  return marks.sort((a, b) => a.at.monotonicMs - b.at.monotonicMs)
}

function place(kind: string, at: Moment): { readonly key: string; readonly at: Moment } {
  return { key: `${kind}@${at.monotonicMs}`, at }
}
