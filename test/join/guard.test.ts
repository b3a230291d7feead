import { beforeEach, describe, expect, it } from 'vitest'
import { Guard, LEFTOVER_GRACE_MS, ORPHAN_GRACE_MS, type Exit } from '../../kubectl-plugin/join/guard.ts'
import type { Report } from '../../kubectl-plugin/join/watchdog-protocol.ts'
import { FakeClock } from '../../shared/time/index.ts'

/** The watchdog's rules, with a process group that ends as the test says. */
let clock: FakeClock
let guard: Guard
let group: FakeGroup
let reports: Report[]
let launching: PromiseWithResolvers<void> | null

class FakeGroup {
  readonly signals: { readonly signal: string; readonly atMs: number }[] = []
  readonly exit = Promise.withResolvers<Exit>()
  hasMembers = true
  /** What each signal ends. */
  obeys: readonly string[] = ['SIGTERM', 'SIGKILL']

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push({ signal, atMs: clock.monotonicMs() - START_MS })
    if (this.obeys.includes(signal)) this.end({ exitCode: null, signal })
  }

  isGone(): boolean {
    return !this.hasMembers
  }

  end(exit: Exit): void {
    this.hasMembers = false
    this.exit.resolve(exit)
  }
}

const START_MS = 1_000
const DEADLINES = { endAfterMs: 11_000, killAfterMs: 14_000 }
const now = (): { monotonicMs: number; wallMs: number } => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })
const types = (): string[] => reports.map(({ type }) => type)
const firstOf = (signal: string): number | undefined => group.signals.find((each) => each.signal === signal)?.atMs

async function start(): Promise<void> {
  guard.take({ type: 'start', command: ['work'], env: {}, deadlines: DEADLINES, renewed: now() })
  await clock.advance(0)
}

beforeEach(() => {
  clock = new FakeClock({ monotonicMs: START_MS })
  group = new FakeGroup()
  reports = []
  launching = null
  guard = new Guard({
    clock,
    report: (report) => reports.push(report),
    launch: async () => {
      await launching?.promise
      return { pid: 42, group, exited: group.exit.promise }
    },
  })
})

describe('a command whose lease is renewed', () => {
  it('runs for as long as it is', async () => {
    await start()
    for (let renewals = 0; renewals < 60; renewals++) {
      await clock.advance(2_000)
      guard.take({ type: 'renewed', renewed: now() })
    }
    expect(group.signals).toEqual([])
    expect(types()).toEqual(['started', ...Array<string>(60).fill('heard')])
  })

  it('is reported with its code when it ends, and as gone at once', async () => {
    await start()
    group.end({ exitCode: 3, signal: null })
    await clock.advance(0)
    expect(reports).toEqual([
      { type: 'started', pid: 42 },
      { type: 'exited', exitCode: 3, signal: null, wasTold: false },
      { type: 'gone' },
    ])
  })

  it('is reported as not run where it can not be', async () => {
    launching = Promise.withResolvers()
    await start()
    launching.reject(Object.assign(new Error('spawn work ENOENT'), { code: 'ENOENT' }))
    await clock.advance(0)
    expect(reports).toEqual([{ type: 'not-run', code: 'ENOENT', message: 'spawn work ENOENT' }])
  })
})

describe('a command whose lease is not renewed', () => {
  it.each([
    ['is told to end at the first deadline', ['SIGTERM'], { SIGTERM: 11_000, SIGKILL: undefined }],
    ['is killed at the second, where it does not end', ['SIGKILL'], { SIGTERM: 11_000, SIGKILL: 14_000 }],
  ])('%s', async (_name, obeys, expected) => {
    group.obeys = obeys
    await start()
    await clock.advance(20_000)
    const late = (signal: 'SIGTERM' | 'SIGKILL'): number | undefined => {
      const atMs = firstOf(signal)
      return atMs === undefined ? undefined : Math.floor(atMs / 100) * 100
    }
    expect({ SIGTERM: late('SIGTERM'), SIGKILL: late('SIGKILL') }).toEqual(expected)
    expect(reports.at(-1)).toEqual({ type: 'gone' })
    expect(reports).toContainEqual(expect.objectContaining({ type: 'exited', wasTold: true }))
  })

  it('is killed at once when the machine has slept through the deadline and only the wall clock shows it', async () => {
    group.obeys = ['SIGKILL']
    await start()
    clock.jumpWall(60_000)
    await clock.advance(50)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(50)
  })

  it('is killed in time also where the wall clock was set back', async () => {
    group.obeys = ['SIGKILL']
    await start()
    clock.jumpWall(-3_600_000)
    await clock.advance(20_000)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(14_050)
  })

  it('counts from when the renewal was sent, not from when it heard of it', async () => {
    await start()
    const sent = now()
    await clock.advance(5_000)
    guard.take({ type: 'renewed', renewed: sent })
    await clock.advance(20_000)
    expect(firstOf('SIGTERM')).toBeLessThanOrEqual(11_050)
  })
})

describe('a command that is to stop', () => {
  it('is told at once, and killed when its grace is over, again and again until it is gone', async () => {
    group.obeys = []
    await start()
    guard.take({ type: 'stop', graceMs: 1_000 })
    await clock.advance(1_200)
    expect(firstOf('SIGTERM')).toBe(0)
    expect(firstOf('SIGKILL')).toBe(1_000)
    expect(group.signals.filter(({ signal }) => signal === 'SIGKILL').length).toBeGreaterThan(2)
    expect(types()).toEqual(['started', 'heard'])
    group.end({ exitCode: null, signal: 'SIGKILL' })
    await clock.advance(50)
    expect(types()).toEqual(['started', 'heard', 'exited', 'gone'])
  })

  it('is told once, however often it is to stop', async () => {
    group.obeys = []
    await start()
    guard.take({ type: 'stop', graceMs: 9_000 })
    guard.take({ type: 'stop', graceMs: 1_000 })
    await clock.advance(900)
    expect(group.signals).toEqual([{ signal: 'SIGTERM', atMs: 0 }])
    await clock.advance(200)
    expect(firstOf('SIGKILL')).toBe(1_000)
  })

  it('is gone by the deadline, whatever its grace', async () => {
    group.obeys = ['SIGKILL']
    await start()
    await clock.advance(10_000)
    guard.take({ type: 'stop', graceMs: 20_000 })
    await clock.advance(10_000)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(14_050)
  })

  it('is told although it was still being launched', async () => {
    launching = Promise.withResolvers()
    await start()
    guard.take({ type: 'stop', graceMs: 1_000 })
    launching.resolve()
    await clock.advance(0)
    expect(group.signals.map(({ signal }) => signal)).toEqual(['SIGTERM'])
    expect(types()).toEqual(['heard', 'started', 'exited', 'gone'])
  })
})

describe('what a command leaves behind', () => {
  it('is ended before the command counts as gone', async () => {
    await start()
    group.obeys = ['SIGKILL']
    group.exit.resolve({ exitCode: 0, signal: null })
    await clock.advance(LEFTOVER_GRACE_MS - 1)
    expect(types()).toEqual(['started', 'exited'])
    await clock.advance(100)
    expect(group.signals.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL'])
    expect(types()).toEqual(['started', 'exited', 'gone'])
    expect(reports[1]).toMatchObject({ exitCode: 0, wasTold: false })
  })
})

describe('a command whose join is gone', () => {
  it.each([
    ['is told to end, and killed soon after', false, ORPHAN_GRACE_MS],
    ['is killed at once where it was told before', true, 0],
  ])('%s', async (_name, wasTold, killedAfterMs) => {
    group.obeys = ['SIGKILL']
    await start()
    if (wasTold) guard.take({ type: 'stop', graceMs: 9_000 })
    guard.abandon()
    await clock.advance(5_000)
    expect(firstOf('SIGTERM')).toBe(0)
    expect(firstOf('SIGKILL')).toBe(killedAfterMs)
    expect(group.hasMembers).toBe(false)
  })
})
