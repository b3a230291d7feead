import type { SortColumn } from './row-order.ts'

/** What the person at the screen has chosen; everything else on it follows from the cluster and the clock. */
export interface ViewModel {
  readonly panel: 'table' | 'details' | 'help'
  /** Rows show where their namespace, name, holder or state contains it. */
  readonly filter: string
  readonly isTypingFilter: boolean
  readonly sortColumn: SortColumn
  readonly isReversed: boolean
  /** Whether leases that are no elections show as well. */
  readonly showsAllCategories: boolean
  readonly isPaused: boolean
  /** The selected election's key; null before anything was shown. */
  readonly selectedKey: string | null
  /** Where in the order the selected row is, or was when its election went away. */
  readonly selectedIndex: number
  /** The index of the first row on screen. */
  readonly top: number
}

/** What a key does. */
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

/** The rows as they are ordered now, and how many of them fit. */
export interface Page {
  readonly keys: readonly string[]
  readonly rowsPerPage: number
}

/** No filter is longer; a paste of a whole file is not one. */
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

/** The view after one action. A changed filter or order wants {@link settle} with the new rows. */
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
 * Fits the view to rows that have come, gone or moved, or to a screen of another size: the selection stays with its
 * election, or near where that was, and on the screen.
 */
export function settle(view: ViewModel, page: Page): ViewModel {
  const found = indexOfSelected(view, page.keys)
  const index = clamp(found === -1 ? view.selectedIndex : found, page.keys.length)
  // While a details panel is open on an election that has gone, it stays the one that is shown.
  const isKept = found === -1 && view.panel === 'details'
  const selectedKey = view.selectedKey === null || isKept ? view.selectedKey : (page.keys[index] ?? view.selectedKey)
  const top = topFor(view.top, index, page)
  return index === view.selectedIndex && top === view.top && selectedKey === view.selectedKey
    ? view
    : { ...view, selectedIndex: index, selectedKey, top }
}

/** -1 where the selected election is not among the rows. */
function indexOfSelected({ selectedKey, selectedIndex }: ViewModel, keys: readonly string[]): number {
  // Before anything was selected by hand, the top of the list is what to look at, whatever arrives there.
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
