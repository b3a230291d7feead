import type { TimelineSubject } from '../../shared/lease/timeline/timeline-json.ts'
import { FIRST_VIEW, type View } from './viewport.ts'

/** The API that VS Code gives a page (`acquireVsCodeApi`). */
export interface VsCodeApi {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
}

/** The election whose timeline a page shows, in its kept state; null if there is none, or it ended with its window. */
export function subjectOf(state: unknown): TimelineSubject | null {
  const { subject, isTransient } = (state ?? {}) as { readonly subject?: Partial<TimelineSubject>; readonly isTransient?: unknown }
  if (!subject || isTransient !== false) return null
  const { context, lock, namespace, name } = subject
  const isWhole = [context, namespace, name].every((text) => typeof text === 'string') && (lock === 'lease' || lock === 'configmap' || lock === 'endpoints')
  return isWhole ? (subject as TimelineSubject) : null
}

/** What a page keeps while it is off screen. */
export interface PageState {
  readonly view: View
  readonly isTableOpen: boolean
}

/** The kept state; defaults for what is missing or not valid. */
export function keptState(state: unknown): PageState {
  const { view, isTableOpen } = (state ?? {}) as Partial<PageState>
  const isView = typeof view?.spanMs === 'number' && (view.endMs === null || typeof view.endMs === 'number')
  return { view: isView ? view : FIRST_VIEW, isTableOpen: isTableOpen === true }
}
