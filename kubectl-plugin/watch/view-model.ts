import type { SortColumn } from './columns.ts'

/** The choices of the user. Everything else on the screen comes from the cluster and the clock. */
export interface ViewModel {
  readonly panel: 'table' | 'details' | 'help'
  /** Only rows whose namespace, name, holder or state contains this text are shown. */
  readonly filter: string
  readonly isTypingFilter: boolean
  readonly sortColumn: SortColumn
  readonly isReversed: boolean
  /** Whether leases that are not leader elections are also shown. */
  readonly showsAllCategories: boolean
  readonly isPaused: boolean
  /** The selected election's key; null before the first selection. */
  readonly selectedKey: string | null
  /** The index of the selected row, or its last index if its election is gone. */
  readonly selectedIndex: number
  /** The index of the first visible row. */
  readonly top: number
}

/** The effect of a key. */
export type Action =
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'page'; readonly by: 1 | -1 }
  | { readonly type: 'first' }
  | { readonly type: 'last' }
  | { readonly type: 'startFilter' }
  | { readonly type: 'type'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'accept' }
  | { readonly type: 'back' }
  | { readonly type: 'sort'; readonly column: SortColumn }
  | { readonly type: 'togglePause' }
  | { readonly type: 'toggleCategories' }
  | { readonly type: 'toggleHelp' }

/** The rows in their current order, and how many fit on the screen. */
export interface Page {
  readonly keys: readonly string[]
  readonly rowsPerPage: number
}

/** The maximum length of a filter, for example if a whole file is pasted. */
const LONGEST_FILTER = 200

export function initialViewModel(choices: Partial<ViewModel> = {}): ViewModel {
  return {
    panel: 'table',
    filter: '',
    isTypingFilter: false,
    sortColumn: 'name',
    isReversed: false,
    showsAllCategories: false,
    isPaused: false,
    selectedKey: null,
    selectedIndex: 0,
    top: 0,
    ...choices,
  }
}

/** The view after one action. If the filter or order changes, {@link settle} must follow with the new rows. */
export function reduce(view: ViewModel, action: Action, page: Page): ViewModel {
  switch (action.type) {
    case 'move':
      return select(view, view.selectedIndex + action.by, page)
    case 'page':
      return select(view, view.selectedIndex + action.by * Math.max(page.rowsPerPage - 1, 1), page)
    case 'first':
      return select(view, 0, page)
    case 'last':
      return select(view, page.keys.length - 1, page)
    case 'startFilter':
      return { ...view, panel: 'table', isTypingFilter: true }
    case 'type':
      return { ...view, filter: (view.filter + action.text).slice(0, LONGEST_FILTER) }
    case 'erase':
      return { ...view, filter: view.filter.replace(/.$/su, '') }
    case 'accept':
      if (view.isTypingFilter) return { ...view, isTypingFilter: false }
      if (view.panel !== 'table') return { ...view, panel: 'table' }
      return page.keys.length === 0
        ? view
        : { ...view, panel: 'details', selectedKey: page.keys[clamp(view.selectedIndex, page.keys.length)]! }
    case 'back':
      if (view.panel !== 'table') return { ...view, panel: 'table' }
      return { ...view, isTypingFilter: false, filter: '' }
    case 'sort':
      return view.sortColumn === action.column
        ? { ...view, isReversed: !view.isReversed }
        : { ...view, sortColumn: action.column, isReversed: false }
    case 'togglePause':
      return { ...view, isPaused: !view.isPaused }
    case 'toggleCategories':
      return { ...view, showsAllCategories: !view.showsAllCategories }
    case 'toggleHelp':
      return { ...view, panel: view.panel === 'help' ? 'table' : 'help' }
  }
}

/**
 * Adapts the view to rows that were added, removed or moved, or to another screen size. The selection stays on its
 * election, or near the place of an election that is gone, and visible.
 */
export function settle(view: ViewModel, page: Page): ViewModel {
  const found = indexOfSelected(view, page.keys)
  const index = clamp(found === -1 ? view.selectedIndex : found, page.keys.length)
  // If the details panel shows an election that is gone, it keeps showing that one.
  const isKept = found === -1 && view.panel === 'details'
  const selectedKey = view.selectedKey === null || isKept ? view.selectedKey : (page.keys[index] ?? view.selectedKey)
  const top = topFor(view.top, index, page)
  return index === view.selectedIndex && top === view.top && selectedKey === view.selectedKey
    ? view
    : { ...view, selectedIndex: index, selectedKey, top }
}

/** -1 if the selected election is not among the rows. */
function indexOfSelected({ selectedKey, selectedIndex }: ViewModel, keys: readonly string[]): number {
  // Until the user selects a row, the first row is selected, whichever election it is.
  if (selectedKey === null) return 0
  return keys[selectedIndex] === selectedKey ? selectedIndex : keys.indexOf(selectedKey)
}

function select(view: ViewModel, wantedIndex: number, page: Page): ViewModel {
  if (page.keys.length === 0) return view
  const selectedIndex = clamp(wantedIndex, page.keys.length)
  return { ...view, selectedIndex, selectedKey: page.keys[selectedIndex]!, top: topFor(view.top, selectedIndex, page) }
}

function topFor(top: number, selectedIndex: number, { keys, rowsPerPage }: Page): number {
  const lowest = Math.max(selectedIndex - rowsPerPage + 1, 0)
  const highest = Math.min(selectedIndex, Math.max(keys.length - rowsPerPage, 0))
  return Math.max(Math.min(top, Math.max(highest, lowest)), lowest)
}

function clamp(index: number, length: number): number {
  return Math.max(Math.min(index, length - 1), 0)
}
