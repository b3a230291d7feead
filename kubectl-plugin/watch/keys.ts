import type { Key } from 'ink'
import type { Action, ViewModel } from './view-model.ts'

export type KeyMeaning = Action | 'quit' | 'interrupt' | 'suspend'

/**
 * The meaning of a key press in the current view, or null. Keys that arrive faster than they are read come as one `input`:
 * see {@link strokes}.
 */
export function actionFor(input: string, key: Partial<Key>, view: ViewModel): KeyMeaning | null {
  if (key.ctrl) {
    if (input === 'c') return 'interrupt'
    return input === 'z' ? 'suspend' : null
  }
  if (key.upArrow) return { type: 'move', by: -1 }
  if (key.downArrow) return { type: 'move', by: 1 }
  if (key.pageUp) return { type: 'page', by: -1 }
  if (key.pageDown) return { type: 'page', by: 1 }
  if (key.home) return { type: 'first' }
  if (key.end) return { type: 'last' }
  if (key.escape) return { type: 'back' }
  if (key.return || input === '\r' || input === '\n') return { type: 'accept' }
  if (!view.isTypingFilter) return COMMANDS.get(input) ?? null
  if (key.backspace || key.delete || input === '\x7f' || input === '\b') return { type: 'erase' }
  if (key.tab || key.meta) return null
  const text = input.replace(/[\p{Cc}\p{Cf}]/gu, '')
  return text === '' ? null : { type: 'type', text }
}

/** Splits an input into single keys, for fast typing or a key that repeats. */
export function strokes(input: string, key: Partial<Key>): readonly string[] {
  return key.ctrl || input.length <= 1 ? [input] : Array.from(input.slice(0, LONGEST_BURST))
}

/** The maximum number of keys in one input. The rest of a longer paste is ignored. */
const LONGEST_BURST = 500

/** The keys, as the help lists them. */
const COMMANDS = new Map<string, KeyMeaning>(
  Object.entries({
    q: 'quit',
    k: { type: 'move', by: -1 },
    j: { type: 'move', by: 1 },
    g: { type: 'first' },
    G: { type: 'last' },
    '/': { type: 'startFilter' },
    ' ': { type: 'togglePause' },
    p: { type: 'togglePause' },
    c: { type: 'toggleCategories' },
    '?': { type: 'toggleHelp' },
    n: { type: 'sort', column: 'name' },
    h: { type: 'sort', column: 'holder' },
    s: { type: 'sort', column: 'state' },
    e: { type: 'sort', column: 'expires' },
    t: { type: 'sort', column: 'transitions' },
    a: { type: 'sort', column: 'held' },
    '\x03': 'interrupt',
  } satisfies Record<string, KeyMeaning>),
)
