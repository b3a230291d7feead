import { describe, expect, it } from 'vitest'
import type { Mark } from '../../extension/timeline/marks.ts'
import { marksOf } from '../../extension/timeline/marks.ts'
import {
  actionOfKey,
  changeView,
  FIRST_VIEW,
  windowOf,
  type View,
  type ViewAction,
} from '../../extension/timeline/viewport.ts'
import { eventfulTimeline } from './scene.ts'

/** A renewal every 2 s from 0 to 600 s, of which each tenth was late. */
const marks: readonly Mark[] = Array.from({ length: 301 }, (_, index) => ({
  kind: 'renewal',
  key: `at ${index * 2}`,
  at: { monotonicMs: index * 2_000, wallMs: 0 },
  isNotable: index % 10 === 0,
  renewal: {
    at: { monotonicMs: index * 2_000, wallMs: 0 },
    holderIdentity: 'a',
    intervalMs: 2_000,
    leaseDurationMs: 15_000,
  },
}))
const EXTENT = { fromMs: 0, nowMs: 600_000, marks }

/** The view after some actions: `live` or its right edge in seconds, its width in seconds, what is selected. */
function after(...actions: readonly ViewAction[]): string {
  return said(actions.reduce((view, action) => changeView(view, action, EXTENT), FIRST_VIEW))
}

function said({ spanMs, endMs, selected }: View): string {
  return `${endMs === null ? 'live' : `to ${endMs / 1000}`}, ${spanMs / 1000} wide${selected ? `, ${selected}` : ''}`
}

const zoomIn: ViewAction = { type: 'zoom', by: 1 }
const zoomOut: ViewAction = { type: 'zoom', by: -1 }
const pause: ViewAction = { type: 'toggle-following' }
const back: ViewAction = { type: 'move', by: -1 }
const forth: ViewAction = { type: 'move', by: 1 }
const previous: ViewAction = { type: 'step', by: -1, onlyNotable: false }
const next: ViewAction = { type: 'step', by: 1, onlyNotable: false }
const previousNotable: ViewAction = { type: 'step', by: -1, onlyNotable: true }
const nextNotable: ViewAction = { type: 'step', by: 1, onlyNotable: true }

describe('the part in view', () => {
  it.each<[string, readonly ViewAction[], string]>([
    ['at first: the last two minutes, live', [], 'live, 120 wide'],
    ['nearer', [zoomIn], 'live, 60 wide'],
    ['no nearer than 15 s', Array<ViewAction>(9).fill(zoomIn), 'live, 15 wide'],
    ['further', [zoomOut], 'live, 300 wide'],
    ['no further than a day', Array<ViewAction>(20).fill(zoomOut), 'live, 86400 wide'],
    ['everything', [{ type: 'everything' }], 'live, 600 wide'],
    ['from everything, the next step', [{ type: 'everything' }, zoomIn], 'live, 300 wide'],
    ['held still', [pause], 'to 600, 120 wide'],
    ['followed again', [pause, pause], 'live, 120 wide'],
    ['back by half of it', [back], 'to 540, 120 wide'],
    ['not further back than where half of it is recorded', Array<ViewAction>(20).fill(back), 'to 60, 120 wide'],
    ['not beyond the present', [back, forth, forth], 'to 600, 120 wide'],
    ['nearer to the middle', [pause, zoomIn], 'to 570, 60 wide'],
    ['nearer to what was gone to', [{ type: 'select', key: 'at 580' }, zoomIn], 'to 590, 60 wide, at 580'],
    ['further, not beyond the present', [pause, zoomOut], 'to 600, 300 wide'],
    ['everything, from a pause', [back, { type: 'everything' }], 'live, 600 wide'],
  ])('%s', (_, actions, expected) => {
    expect(after(...actions)).toBe(expected)
  })
})

describe('going from mark to mark', () => {
  it.each<[string, readonly ViewAction[], string]>([
    ['back from the right edge', [previous], 'to 600, 120 wide, at 600'],
    ['and further', [previous, previous], 'to 600, 120 wide, at 598'],
    ['and forth', [previous, previous, next], 'to 600, 120 wide, at 600'],
    ['not beyond the last', [previous, next], 'to 600, 120 wide, at 600'],
    ['forth from a right edge in the past', [back, next], 'to 554, 120 wide, at 542'],
    ['to what is more than a renewal in time', [previous, previous, previousNotable], 'to 600, 120 wide, at 580'],
    ['and forth to such', [previous, previous, previousNotable, nextNotable], 'to 600, 120 wide, at 600'],
    ['to the first, which is brought in', [{ type: 'first' }], 'to 108, 120 wide, at 0'],
    ['to the last, from the first', [{ type: 'first' }, { type: 'last' }], 'to 600, 120 wide, at 600'],
    ['to one that is not there', [{ type: 'select', key: 'at 7' }], 'live, 120 wide'],
    ['and letting go of it', [previous, { type: 'clear' }], 'to 600, 120 wide'],
  ])('%s', (_, actions, expected) => {
    expect(after(...actions)).toBe(expected)
  })

  it('does not move without marks', () => {
    const nowhere = { fromMs: 0, nowMs: 0, marks: [] }
    for (const action of [previous, next, nextNotable, { type: 'first' }, { type: 'last' }] as const) {
      expect(changeView(FIRST_VIEW, action, nowhere)).toEqual(FIRST_VIEW)
    }
  })

  it('stays at the last notable mark', () => {
    const few = { ...EXTENT, marks: marks.slice(0, 5) }
    const view = { ...FIRST_VIEW, selected: 'at 4' }
    expect(changeView(view, nextNotable, few).selected).toBe('at 4')
  })
})

it('the window ends now, or where it is paused', () => {
  expect(windowOf(FIRST_VIEW, 600_000)).toEqual({ fromMs: 480_000, toMs: 600_000 })
  expect(windowOf({ ...FIRST_VIEW, endMs: 300_000 }, 600_000)).toEqual({ fromMs: 180_000, toMs: 300_000 })
})

describe('keys', () => {
  it.each<[string, boolean, ViewAction | null]>([
    ['ArrowLeft', false, previous],
    ['ArrowLeft', true, previousNotable],
    ['ArrowRight', false, next],
    ['ArrowRight', true, nextNotable],
    ['+', true, zoomIn],
    ['=', false, zoomIn],
    ['-', false, zoomOut],
    ['0', false, { type: 'everything' }],
    [' ', false, pause],
    ['PageUp', false, back],
    ['PageDown', false, forth],
    ['Home', false, { type: 'first' }],
    ['End', false, { type: 'last' }],
    ['Escape', false, { type: 'clear' }],
    ['Tab', false, null],
    ['a', false, null],
    ['Enter', false, null],
  ])('%s (Shift: %s)', (key, shiftKey, expected) => {
    expect(actionOfKey({ key, shiftKey })).toEqual(expected)
  })
})

it('marks are sorted by time, each with a unique key', () => {
  const all = marksOf(eventfulTimeline())
  const times = all.map(({ at }) => at.monotonicMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length)
})
