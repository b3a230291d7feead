import { FIRST_VIEW, type View } from '../viewport.ts'

/** The API that VS Code gives a page (`acquireVsCodeApi`). */
export interface VsCodeApi {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
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
