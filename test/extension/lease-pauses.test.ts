import { beforeEach, describe, expect, it, vi } from 'vitest'
import { LeasePauses, pauseText } from '../../extension/debug/lease-pauses.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const CHECKOUT = { id: 'checkout' }
let clock: FakeClock
let pauses: LeasePauses

beforeEach(() => {
  clock = new FakeClock()
  pauses = new LeasePauses(clock)
})

describe('pauses at breakpoints', () => {
  it('are remembered with their times, by election', async () => {
    pauses.begin(CHECKOUT, { mode: 'held', leftMs: () => null })
    await clock.advance(5_000)
    expect(pauses.presentOf(CHECKOUT)).toMatchObject({ mode: 'held', to: null })
    expect(pauses.presentOf({ id: 'other' })).toBeUndefined()
    pauses.end(CHECKOUT)
    expect(pauses.presentOf(CHECKOUT)).toBeUndefined()
    const [pause] = pauses.of(CHECKOUT)
    expect(pause!.to!.monotonicMs - pause!.from.monotonicMs).toBe(5_000)
  })

  it('begin and end once', () => {
    let changes = 0
    pauses.onChange(() => changes++)
    pauses.end(CHECKOUT)
    for (let times = 0; times < 2; times++) pauses.begin(CHECKOUT, { mode: 'kept', leftMs: () => null })
    for (let times = 0; times < 2; times++) pauses.end(CHECKOUT)
    expect(pauses.of(CHECKOUT)).toHaveLength(1)
    expect(changes).toBe(2)
  })

  it('are forgotten, the oldest first, if there are very many', () => {
    for (let times = 0; times < 300; times++) {
      pauses.begin(CHECKOUT, { mode: 'held', leftMs: () => times })
      pauses.end(CHECKOUT)
    }
    expect(pauses.of(CHECKOUT).map(({ leftMs }) => leftMs())).toEqual(Array.from({ length: 200 }, (_, index) => index + 100))
  })
})

it.each([
  ['held', null, 'paused at a breakpoint, lease held'],
  ['kept', null, 'paused at a breakpoint, lease kept'],
  ['held', 181_000, 'paused at a breakpoint, lease held, 4m left'],
  ['kept', 180_000, 'paused at a breakpoint, lease kept, 3m left'],
  ['held', 1, 'paused at a breakpoint, lease held, 1m left'],
] as const)('a pause in which the lease is %s, with %s ms left, is told as: %3$s', (mode, leftMs, text) => {
  pauses.begin(CHECKOUT, { mode, leftMs: () => leftMs })
  expect(pauseText(pauses.presentOf(CHECKOUT)!)).toBe(text)
})
