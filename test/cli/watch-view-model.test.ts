import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialViewModel, reduce, settle, type Action, type Page, type ViewModel } from '../../kubectl-plugin/watch/view-model.ts'

const page = (count: number, rowsPerPage = 10): Page => ({ keys: Array.from({ length: count }, (_, i) => `k${i}`), rowsPerPage })
const after = (view: ViewModel, actions: readonly Action[], on: Page): ViewModel =>
  actions.reduce((state, action) => settle(reduce(state, action, on), on), view)

const DOWN: Action = { type: 'move', by: 1 }
const UP: Action = { type: 'move', by: -1 }
const PAGE_DOWN: Action = { type: 'page', by: 1 }
const PAGE_UP: Action = { type: 'page', by: -1 }
const FIRST: Action = { type: 'first' }
const LAST: Action = { type: 'last' }

describe('selecting among 100 rows, 10 of them on screen,', () => {
  it.each([
    ['begins at the top', [], 'k0', 0],
    ['goes down', [DOWN, DOWN], 'k2', 0],
    ['goes up', [DOWN, DOWN, UP], 'k1', 0],
    ['stops at the top', [UP, UP], 'k0', 0],
    ['scrolls only when it leaves the screen', Array<Action>(10).fill(DOWN), 'k10', 1],
    ['goes by almost a page', [PAGE_DOWN], 'k9', 0],
    ['goes by almost a page again', [PAGE_DOWN, PAGE_DOWN], 'k18', 9],
    ['goes back by almost a page', [PAGE_DOWN, PAGE_DOWN, PAGE_UP, PAGE_UP], 'k0', 0],
    ['goes to the end', [LAST], 'k99', 90],
    ['stops at the end', [LAST, DOWN, PAGE_DOWN], 'k99', 90],
    ['goes back to the beginning', [LAST, FIRST], 'k0', 0],
  ])('%s', (_, actions, selectedKey, top) => {
    const view = after(initialViewModel(), actions, page(100))
    expect(view.selectedKey ?? 'k0').toBe(selectedKey)
    expect(view.top).toBe(top)
  })
})

describe('the selection', () => {
  const on5 = after(initialViewModel(), Array<Action>(5).fill(DOWN), page(20))

  it('stays with its election when others come, go or move', () => {
    const moved: Page = { keys: ['new', 'k9', 'k5', 'k0'], rowsPerPage: 10 }
    expect(settle(on5, moved)).toMatchObject({ selectedKey: 'k5', selectedIndex: 2 })
  })

  it('stays where it was when its election goes', () => {
    const gone: Page = { keys: ['k0', 'k1', 'k2', 'k3', 'k4', 'k6', 'k7'], rowsPerPage: 10 }
    expect(settle(on5, gone)).toMatchObject({ selectedKey: 'k6', selectedIndex: 5 })
  })

  it('is the top row, whichever that is, until something is selected', () => {
    expect(settle(initialViewModel(), { keys: ['new', 'k0'], rowsPerPage: 10 })).toMatchObject({ selectedIndex: 0, top: 0 })
  })

  it('stays on the screen when that shrinks', () => {
    expect(settle(on5, page(20, 3))).toMatchObject({ selectedKey: 'k5', top: 3 })
  })

  it('leaves no empty rows below when the screen grows', () => {
    const atEnd = after(initialViewModel(), [LAST], page(20, 5))
    expect(settle(atEnd, page(20, 15)).top).toBe(5)
  })

  it('stays with the election that the details are shown of, though it is gone', () => {
    const open = reduce(on5, { type: 'accept' }, page(20))
    expect(settle(open, page(3))).toMatchObject({ panel: 'details', selectedKey: 'k5' })
  })
})

describe('keys', () => {
  it.each<[string, Action[], Partial<ViewModel>]>([
    ['/ begins a filter', [{ type: 'startFilter' }], { isTypingFilter: true, filter: '' }],
    ['letters make it', [{ type: 'startFilter' }, { type: 'type', text: 'a' }, { type: 'type', text: 'b' }], { filter: 'ab' }],
    ['Backspace takes the last character', [{ type: 'type', text: 'a🎉' }, { type: 'erase' }], { filter: 'a' }],
    ['Backspace on nothing is nothing', [{ type: 'erase' }], { filter: '' }],
    ['Enter keeps the filter', [{ type: 'startFilter' }, { type: 'type', text: 'a' }, { type: 'accept' }], { filter: 'a', isTypingFilter: false, panel: 'table' }],
    ['Esc clears it', [{ type: 'startFilter' }, { type: 'type', text: 'a' }, { type: 'back' }], { filter: '', isTypingFilter: false }],
    ['Esc clears a kept one', [{ type: 'type', text: 'a' }, { type: 'back' }], { filter: '' }],
    ['Enter opens the details of the selected row', [DOWN, { type: 'accept' }], { panel: 'details', selectedKey: 'k1' }],
    ['Enter opens those of the first row', [{ type: 'accept' }], { panel: 'details', selectedKey: 'k0' }],
    ['Esc closes them', [{ type: 'accept' }, { type: 'back' }], { panel: 'table' }],
    ['Esc closes them, and leaves the filter', [{ type: 'type', text: 'a' }, { type: 'accept' }, { type: 'back' }], { filter: 'a' }],
    ['? shows the help', [{ type: 'toggleHelp' }], { panel: 'help' }],
    ['? hides it', [{ type: 'toggleHelp' }, { type: 'toggleHelp' }], { panel: 'table' }],
    ['a column sorts', [{ type: 'sort', column: 'state' }], { sortColumn: 'state', isReversed: false }],
    ['twice reverses', [{ type: 'sort', column: 'state' }, { type: 'sort', column: 'state' }], { isReversed: true }],
    ['another one does not', [{ type: 'sort', column: 'state' }, { type: 'sort', column: 'state' }, { type: 'sort', column: 'name' }], { isReversed: false }],
    ['Space pauses', [{ type: 'togglePause' }], { isPaused: true }],
    ['c shows all categories', [{ type: 'toggleCategories' }], { showsAllCategories: true }],
  ])('%s', (_, actions, expected) => {
    expect(after(initialViewModel(), actions, page(20))).toMatchObject(expected)
  })

  it('open no details where there is no row', () => {
    expect(reduce(initialViewModel(), { type: 'accept' }, page(0)).panel).toBe('table')
  })

  it('make no filter of endless length', () => {
    expect(reduce(initialViewModel(), { type: 'type', text: 'x'.repeat(10_000) }, page(1)).filter.length).toBeLessThan(1000)
  })
})

it('whatever is pressed, and whatever comes and goes, the selected row is on the screen', () => {
  const action = fc.constantFrom<Action>(DOWN, UP, PAGE_DOWN, PAGE_UP, FIRST, LAST, { type: 'accept' }, { type: 'back' })
  const step = fc.record({ action, count: fc.nat(40), rowsPerPage: fc.integer({ min: 1, max: 12 }), first: fc.nat(10) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let view = initialViewModel()
      for (const { action, count, rowsPerPage, first } of steps) {
        const keys = Array.from({ length: count }, (_, i) => `k${first + i}`)
        view = settle(reduce(view, action, { keys, rowsPerPage }), { keys, rowsPerPage })
        expect(view.top).toBeGreaterThanOrEqual(0)
        expect(view.top).toBeLessThanOrEqual(Math.max(count - rowsPerPage, 0))
        expect(view.selectedIndex).toBeGreaterThanOrEqual(view.top)
        expect(view.selectedIndex).toBeLessThan(view.top + rowsPerPage)
      }
    }),
  )
})
