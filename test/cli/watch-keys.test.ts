import { describe, expect, it } from 'vitest'
import { actionFor, strokes } from '../../kubectl-plugin/watch/keys.ts'
import { initialViewModel } from '../../kubectl-plugin/watch/view-model.ts'

const TABLE = initialViewModel()
const TYPING = initialViewModel({ isTypingFilter: true })

describe('in the table', () => {
  it.each([
    ['q', {}, 'quit'],
    ['c', { ctrl: true }, 'interrupt'],
    ['z', { ctrl: true }, 'suspend'],
    ['x', { ctrl: true }, null],
    ['', { upArrow: true }, { type: 'move', by: -1 }],
    ['', { downArrow: true }, { type: 'move', by: 1 }],
    ['j', {}, { type: 'move', by: 1 }],
    ['k', {}, { type: 'move', by: -1 }],
    ['', { pageDown: true }, { type: 'page', by: 1 }],
    ['', { pageUp: true }, { type: 'page', by: -1 }],
    ['', { home: true }, { type: 'first' }],
    ['', { end: true }, { type: 'last' }],
    ['', { return: true }, { type: 'accept' }],
    ['', { escape: true }, { type: 'back' }],
    ['/', {}, { type: 'startFilter' }],
    [' ', {}, { type: 'togglePause' }],
    ['p', {}, { type: 'togglePause' }],
    ['c', {}, { type: 'toggleCategories' }],
    ['?', {}, { type: 'toggleHelp' }],
    ['s', {}, { type: 'sort', column: 'state' }],
    ['y', {}, null],
    ['constructor', {}, null],
    ['', {}, null],
  ])('%j %j means %j', (input, key, action) => {
    expect(actionFor(input, key, TABLE)).toEqual(action)
  })
})

describe('in the filter', () => {
  it.each([
    ['q', {}, { type: 'type', text: 'q' }],
    [' ', {}, { type: 'type', text: ' ' }],
    ['漢', {}, { type: 'type', text: '漢' }],
    ['\u001b[2J', {}, { type: 'type', text: '[2J' }],
    ['\u202e', {}, null],
    ['', { backspace: true }, { type: 'erase' }],
    ['', { delete: true }, { type: 'erase' }],
    ['\x7f', {}, { type: 'erase' }],
    ['', { return: true }, { type: 'accept' }],
    ['', { escape: true }, { type: 'back' }],
    ['', { downArrow: true }, { type: 'move', by: 1 }],
    ['c', { ctrl: true }, 'interrupt'],
    ['x', { meta: true }, null],
  ])('%j %j means %j', (input, key, action) => {
    expect(actionFor(input, key, TYPING)).toEqual(action)
  })
})

describe('keys that arrive together', () => {
  it('are taken one by one', () => {
    expect(strokes('jj/a\r', {})).toEqual(['j', 'j', '/', 'a', '\r'])
    expect(actionFor('\r', {}, TYPING)).toEqual({ type: 'accept' })
    expect(actionFor('\x03', {}, TABLE)).toBe('interrupt')
  })

  it('are not taken by the thousand', () => {
    expect(strokes('j'.repeat(1_000_000), {}).length).toBeLessThan(1000)
  })
})
