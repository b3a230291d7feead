import { describe, expect, it } from 'vitest'
import { endText } from '../../kubectl-plugin/history/words.ts'
import type { Term } from '../../shared/history/term.ts'

const at = (second: number): number => Date.parse('2026-11-28T12:00:00Z') + second * 1_000
const term = (more: Partial<Term>): Term => ({
  ...{ holderIdentity: 'app-a', basis: 'written', writer: null, interruptions: [], leaseDurationMs: 15_000, intervalMs: 2_000, writes: 5, conflicts: [] },
  start: { fromMs: at(0), toMs: at(1), how: 'acquired' },
  end: { how: 'expired', fromMs: at(10), toMs: at(15), atMs: null, bound: 'container' },
  lastSuccess: { fromMs: at(10), toMs: at(10.01) },
  ...more,
})
const STOPPED = 'stopped between 2026-11-28 12:00:10.000Z and 2026-11-28 12:00:15.000Z, when the containers of its Pod had ended'

describe('a term does not end before its last renewal', () => {
  it.each<[string, Partial<Term>, string]>([
    ['which a request tells exactly', {}, `${STOPPED}: the lease expired; last successful renewal at 2026-11-28 12:00:10.000Z`],
    [
      'which is known to a second',
      { lastSuccess: { fromMs: at(10), toMs: at(11) } },
      `${STOPPED}: the lease expired; last successful renewal between 2026-11-28 12:00:10.000Z and 2026-11-28 12:00:11.000Z`,
    ],
    [
      'which no Event tells',
      { basis: 'told', end: { how: 'unseen', fromMs: at(10), toMs: at(15), atMs: null, bound: 'container' } },
      `${STOPPED}: the write that ended the term was not seen`,
    ],
  ])('%s', (_, more, expected) => expect(endText(term(more))).toBe(expected))
})
