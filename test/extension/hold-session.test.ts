import { beforeEach, describe, expect, it } from 'vitest'
import { HoldSession, MARKER, type HoldEvent, type RunningDebugger } from '../../extension/debug/hold-session.ts'
import type { GuardedEnd, GuardedRun } from '../../extension/debug/program-guard.ts'
import { LeadershipEnded } from '../../shared/election/leadership.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

/** A debugger, as far as the session sees it. */
class FakeDebugger implements RunningDebugger {
  readonly env: Readonly<Record<string, string>>
  readonly #ended = Promise.withResolvers<undefined>()
  readonly ended = this.#ended.promise
  isToldToEnd = false
  isStarting = false
  /** Whether it ends when it is told to. */
  isObedient = true

  constructor(env: Readonly<Record<string, string>>) {
    this.env = env
  }

  end(): void {
    this.isToldToEnd = true
    if (this.isObedient) this.die()
  }

  die(): void {
    this.#ended.resolve(undefined)
  }
}

let clock: FakeClock
let debuggers: FakeDebugger[]
let runs: GuardedRun[]
let order: string[]
let events: HoldEvent[]
let lost: AbortController
let loss: AbortController
let canStart: () => Promise<boolean>
let isCertain: boolean
let isReady: Promise<undefined>
let session: HoldSession
let leading: Promise<void>

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}

function lose(reason: StopReason): void {
  loss.abort(new LeadershipEnded(reason))
}

async function lead(maxHoldMs = 0): Promise<void> {
  session = new HoldSession({
    clock,
    guard: {
      lost: lost.signal,
      async run(run): Promise<GuardedEnd> {
        runs.push(run)
        order.push('guarded')
        void isReady.then(run.onReady)
        await new Promise((resolve) => run.stop.addEventListener('abort', resolve, { once: true }))
        lost.signal.throwIfAborted()
        order.push('gone')
        return { isCertain }
      },
      finish: async () => void order.push('finished'),
    },
    maxHoldMs,
    async start(env) {
      if (!(await canStart())) return null
      order.push('started')
      const started = new FakeDebugger(env)
      debuggers.push(started)
      return started
    },
    tell: (event) => events.push(event),
  })
  leading = session.lead({ signal: loss.signal, fencingToken: '7', identity: 'me_1' }, { name: 'checkout', namespace: 'shop' }).then(() => void order.push('released'))
  await turns()
}

beforeEach(() => {
  clock = new FakeClock()
  debuggers = []
  runs = []
  order = []
  events = []
  lost = new AbortController()
  loss = new AbortController()
  canStart = async () => true
  isCertain = true
  isReady = Promise.resolve(undefined)
})

const lastEvent = (): HoldEvent => events.at(-1)!

describe('a debugged program', () => {
  it('starts once it is guarded, with the leadership and the marker in its environment', async () => {
    await lead()
    expect(order).toEqual(['guarded', 'started'])
    const { env } = debuggers[0]!
    expect(env).toEqual({ LEADER_NAME: 'checkout', LEADER_NAMESPACE: 'shop', LEADER_IDENTITY: 'me_1', LEADER_FENCING_TOKEN: '7', [MARKER]: env[MARKER] })
    expect(runs[0]!.marker).toBe(`${MARKER}=${env[MARKER]!}`)
    expect(session.mayRelease).toBe(false)
  })

  it('does not start before its watchdog is ready', async () => {
    const ready = Promise.withResolvers<undefined>()
    isReady = ready.promise
    await lead()
    expect(order).toEqual(['guarded'])
    ready.resolve(undefined)
    await turns()
    expect(order).toEqual(['guarded', 'started'])
  })

  it.each(['deadline', 'taken', 'deleted', 'emptied', 'blocked', 'stopped'] as const)('is ended, and gone, before the end of a term that ends because of %s', async (reason) => {
    await lead()
    lose(reason)
    await leading
    expect(order).toEqual(['guarded', 'started', 'gone', 'finished', 'released'])
    expect(debuggers[0]!.isToldToEnd).toBe(true)
    expect(lastEvent()).toEqual({ type: 'ended', cause: { type: 'lost', reason }, isCertain: true })
    expect(session.mayRelease).toBe(true)
  })

  it('is ended when the person stops', async () => {
    await lead()
    session.stop()
    await leading
    expect(lastEvent()).toMatchObject({ cause: { type: 'stopped' } })
  })

  it('ends the term when it ends', async () => {
    await lead()
    debuggers[0]!.die()
    await leading
    expect(lastEvent()).toMatchObject({ cause: { type: 'program-ended' } })
    expect(session.mayRelease).toBe(true)
  })

  it('that could not be started ends the term, and the lease may be released', async () => {
    canStart = async () => false
    isCertain = false
    await lead()
    await leading
    expect(lastEvent()).toEqual({ type: 'ended', cause: { type: 'not-started' }, isCertain: true })
    expect(session.mayRelease).toBe(true)
  })

  it('whose start throws is one that could not be started', async () => {
    canStart = () => Promise.reject(new Error('no debugger'))
    await lead()
    await leading
    expect(lastEvent()).toMatchObject({ cause: { type: 'not-started' } })
  })

  it('does not start if the term has ended by then', async () => {
    lose('taken')
    await lead()
    await leading
    expect(debuggers).toEqual([])
    expect(session.mayRelease).toBe(true)
  })

  it('is not released after if it is not certain that it is gone', async () => {
    isCertain = false
    await lead()
    session.stop()
    await leading
    expect(session.mayRelease).toBe(false)
    expect(lastEvent()).toMatchObject({ isCertain: false })
  })

  it('is ended when the watchdog is lost', async () => {
    await lead()
    lost.abort(new Error('lost'))
    await leading
    expect(debuggers[0]!.isToldToEnd).toBe(true)
    expect(lastEvent()).toMatchObject({ cause: { type: 'watchdog-lost' } })
  })
})

describe('a debugger', () => {
  it('that has started its program is not waited for, once the program is gone', async () => {
    await lead()
    debuggers[0]!.isObedient = false
    session.stop()
    await leading
    expect(order).toEqual(['guarded', 'started', 'gone', 'finished', 'released'])
    expect(session.mayRelease).toBe(true)
  })

  it.each([
    ['may still start a program', { isStarting: true, isCertain: true }],
    ['had a program of which it is not certain that it is gone', { isStarting: false, isCertain: false }],
  ])('that does not end, and %s, is waited for two seconds', async (_, given) => {
    isCertain = given.isCertain
    await lead()
    debuggers[0]!.isObedient = false
    debuggers[0]!.isStarting = given.isStarting
    session.stop()
    await turns()
    expect(order).not.toContain('released')
    await clock.advance(1_999)
    expect(order).not.toContain('released')
    await clock.advance(1)
    await leading
    expect(order.at(-1)).toBe('released')
  })

  it('that starts the program too late is told to end it at once', async () => {
    const starting = Promise.withResolvers<boolean>()
    canStart = () => starting.promise
    await lead()
    session.stop()
    await turns()
    starting.resolve(true)
    await leading
    expect(debuggers[0]!.isToldToEnd).toBe(true)
    expect(order.indexOf('started')).toBeLessThan(order.indexOf('released'))
  })

  it('that may still start the program leaves the lease unreleased', async () => {
    canStart = () => new Promise(() => undefined)
    isCertain = false
    await lead()
    session.stop()
    await turns()
    await clock.advance(2_000)
    await leading
    expect(session.mayRelease).toBe(false)
  })
})

describe('a restart', () => {
  it('starts the program again in the same term, once the old one is gone', async () => {
    await lead()
    await session.restart()
    await turns()
    expect(order).toEqual(['guarded', 'started', 'gone', 'finished', 'guarded', 'started'])
    expect(debuggers[1]!.env).toMatchObject({ LEADER_FENCING_TOKEN: '7' })
    expect(debuggers[1]!.env[MARKER]).not.toBe(debuggers[0]!.env[MARKER])
    session.stop()
    await leading
    expect(session.mayRelease).toBe(true)
  })

  it('waits longer for a debugger that does not end', async () => {
    await lead()
    debuggers[0]!.isObedient = false
    void session.restart()
    await turns()
    await clock.advance(9_999)
    expect(debuggers).toHaveLength(1)
    await clock.advance(1)
    await turns()
    expect(debuggers).toHaveLength(2)
    session.stop()
    await leading
  })

  it('keeps the limit', async () => {
    await lead(600_000)
    await clock.advance(100_000)
    await session.restart()
    await turns()
    expect(session.leftMs).toBe(500_000)
    session.stop()
    await leading
  })

  it('does not start anything if leadership is lost meanwhile', async () => {
    await lead()
    const restarting = session.restart()
    lose('taken')
    await restarting
    await leading
    expect(debuggers).toHaveLength(1)
  })

  it('does nothing while no program runs', async () => {
    await lead()
    session.stop()
    await leading
    await session.restart()
    expect(debuggers).toHaveLength(1)
  })

  it('of a program that is not certainly gone leaves the lease unreleased at the end', async () => {
    isCertain = false
    await lead()
    await session.restart()
    await turns()
    isCertain = true
    session.stop()
    await leading
    expect(session.mayRelease).toBe(false)
  })
})

describe('the maximum hold time', () => {
  it('ends the program, and tells a minute before', async () => {
    await lead(600_000)
    await clock.advance(539_999)
    expect(events.map(({ type }) => type)).not.toContain('limit-near')
    await clock.advance(1)
    expect(lastEvent()).toEqual({ type: 'limit-near', leftMs: 60_000 })
    await clock.advance(59_999)
    expect(order).not.toContain('gone')
    await clock.advance(1)
    await leading
    expect(lastEvent()).toMatchObject({ cause: { type: 'max-hold' } })
  })

  it('tells half of it before if it is short', async () => {
    await lead(30_000)
    await clock.advance(15_000)
    expect(lastEvent()).toEqual({ type: 'limit-near', leftMs: 15_000 })
    session.stop()
    await leading
  })

  it('moves, and tells again', async () => {
    await lead(600_000)
    await clock.advance(540_000)
    session.extend(600_000)
    await turns()
    expect(session.leftMs).toBe(660_000)
    await clock.advance(599_999)
    expect(events.filter(({ type }) => type === 'limit-near')).toHaveLength(1)
    await clock.advance(1)
    expect(events.filter(({ type }) => type === 'limit-near')).toHaveLength(2)
    await clock.advance(60_000)
    await leading
    expect(lastEvent()).toMatchObject({ cause: { type: 'max-hold' } })
  })

  it('of 0 is none', async () => {
    await lead(0)
    expect(session.leftMs).toBeNull()
    await clock.advance(86_400_000)
    expect(order).toEqual(['guarded', 'started'])
    session.stop()
    await leading
  })
})
