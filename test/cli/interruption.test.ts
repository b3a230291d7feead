import { describe, expect, it } from 'vitest'
import { type EndingSignal, Interrupter, interruptedCode, noWishes, type SignalWishes } from '../../kubectl-plugin/interruption.ts'

function scene(wishes: Partial<SignalWishes> = {}): {
  readonly interrupter: Interrupter
  readonly told: string[]
  readonly exits: number[]
  readonly at: (ms: number, signal: EndingSignal) => void
} {
  let nowMs = 0
  const told: string[] = []
  const exits: number[] = []
  const interrupter = new Interrupter({
    wishes: { ...noWishes(), ...wishes },
    monotonicMs: () => nowMs,
    tell: (text) => void told.push(text),
    exit: (code) => void exits.push(code),
  })
  const at = (ms: number, signal: EndingSignal): void => {
    nowMs = ms
    interrupter.take(signal)
  }
  return { interrupter, told, exits, at }
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGQUIT', 131],
    ['SIGHUP', 129],
  ] as const)('%s ends the session in good order, with its own code', (signal, code) => {
    const { interrupter, exits, at } = scene()
    at(5, signal)
    expect(interrupter.signal.aborted).toBe(true)
    expect(interruptedCode(interrupter.signal)).toBe(code)
    expect(exits).toEqual([])
  })

  it.each([2, 20, 999])('that is repeated %s ms later is the same request', (gapMs) => {
    const { told, exits, at } = scene()
    at(10, 'SIGTERM')
    at(10 + gapMs, 'SIGTERM')
    expect({ told, exits }).toEqual({ told: [], exits: [] })
  })

  it.each([
    ['later', 1_010, 'SIGTERM', 143, 'SIGTERM again'],
    ['of another kind', 20, 'SIGINT', 130, 'SIGINT after SIGTERM'],
  ] as const)('that comes again %s exits at once, and says what is left', (_name, atMs, signal, code, what) => {
    const { told, exits, at } = scene({ leavesBehind: () => 'The lease is not released.' })
    at(10, 'SIGTERM')
    at(atMs, signal)
    expect(exits).toEqual([code])
    expect(told).toEqual([`Received ${what}. Exiting immediately. The lease is not released.`])
  })

  it('is repeated for a second from the first on, however often', () => {
    const { exits, at } = scene()
    for (let ms = 0; ms < 1_000; ms += 300) at(ms, 'SIGINT')
    expect(exits).toEqual([])
    at(1_000, 'SIGINT')
    expect(exits).toEqual([130])
  })

  it('SIGHUP is passed to a command that runs, also while it is about to end (systemd sends SIGTERM and SIGHUP)', () => {
    const passed: string[] = []
    const { interrupter, exits, at } = scene({ pass: (signal) => passed.push(signal) > 0 })
    at(0, 'SIGHUP')
    expect({ passed, isEnding: interrupter.signal.aborted }).toEqual({ passed: ['SIGHUP'], isEnding: false })
    at(10, 'SIGTERM')
    at(20, 'SIGHUP')
    expect({ passed, exits }).toEqual({ passed: ['SIGHUP', 'SIGHUP'], exits: [] })
  })
})

it('a session that ends for another reason has the code of Ctrl-C', () => {
  const { interrupter } = scene()
  interrupter.end(new Error('x'))
  expect(interruptedCode(interrupter.signal)).toBe(130)
})
