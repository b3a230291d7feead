import { beforeEach, describe, expect, it } from 'vitest'
import { Guard, LEFTOVER_GRACE_MS, ORPHAN_GRACE_MS, type Exit } from '../../shared/guard/guard.ts'
import type { Instruction, Report } from '../../shared/guard/watchdog-protocol.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

/** The watchdog's rules, with a process group that ends as the test says. */
let clock: FakeClock
let guard: Guard
let group: FakeGroup
let reports: Report[]
let launching: PromiseWithResolvers<void> | null
let becoming: PromiseWithResolvers<void>
let sent: number

class FakeGroup {
  readonly signals: { readonly signal: string; readonly atMs: number }[] = []
  readonly passed: string[] = []
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
const order = (instruction: Instruction): void => guard.take({ ...instruction, number: ++sent })
/** What was reported, but for the answers to orders. */
const told = (): Report[] => reports.filter(({ type }) => type !== 'heard')
const types = (): string[] => told().map(({ type }) => type)
const firstOf = (signal: string): number | undefined => group.signals.find((each) => each.signal === signal)?.atMs

async function launch(): Promise<void> {
  order({ type: 'start', command: ['work'], env: {}, deadlines: DEADLINES, renewed: now() })
  await clock.advance(0)
}

/** Launches the command, and lets it begin. */
async function start(): Promise<void> {
  await launch()
  order({ type: 'go' })
  becoming.resolve()
  await clock.advance(0)
}

beforeEach(() => {
  clock = new FakeClock({ monotonicMs: START_MS })
  group = new FakeGroup()
  reports = []
  launching = null
  becoming = Promise.withResolvers()
  becoming.promise.catch(() => undefined)
  sent = 0
  guard = new Guard({
    clock,
    report: (report) => reports.push(report),
    launch: async () => {
      await launching?.promise
      const go = (): Promise<void> => becoming.promise
      return { pid: 42, group, exited: group.exit.promise, go, signal: (signal) => group.passed.push(signal) }
    },
  })
})

describe('a command whose lease is renewed', () => {
  it('runs for as long as it is', async () => {
    await start()
    for (let renewals = 0; renewals < 60; renewals++) {
      await clock.advance(2_000)
      order({ type: 'renewed', renewed: now() })
    }
    expect(group.signals).toEqual([])
    expect(types()).toEqual(['waiting', 'started'])
    expect(reports.filter(({ type }) => type === 'heard')).toEqual(Array.from({ length: 62 }, (_, index) => ({ type: 'heard', number: index + 1 })))
  })

  it.each([
    ['begins where that was told of', 1, []],
    ['is ended where it was not', 0, ['SIGTERM']],
  ])('while the watchdog was stopped as it launched, %s', async (_name, renewals, signals) => {
    launching = Promise.withResolvers()
    await launch()
    await clock.advance(12_000)
    // What was told meanwhile is read after the launch.
    launching.resolve()
    for (let microtasks = 0; microtasks < 10; microtasks++) await Promise.resolve()
    expect(types()).toEqual(['waiting'])
    for (let told = 0; told < renewals; told++) order({ type: 'renewed', renewed: now() })
    await clock.advance(0)
    await clock.advance(0)
    expect(group.signals.map(({ signal }) => signal)).toEqual(signals)
  })

  it('is reported with its code when it ends, and as gone at once', async () => {
    await start()
    group.end({ exitCode: 3, signal: null })
    await clock.advance(0)
    expect(told()).toEqual([
      { type: 'waiting', pid: 42 },
      { type: 'started', pid: 42 },
      { type: 'exited', exitCode: 3, signal: null, wasTold: false },
      { type: 'gone' },
    ])
  })

  it('is reported as not run where it can not be', async () => {
    launching = Promise.withResolvers()
    await launch()
    launching.reject(Object.assign(new Error('spawn work ENOENT'), { code: 'ENOENT' }))
    await clock.advance(0)
    expect(told()).toEqual([{ type: 'not-run', code: 'ENOENT', message: 'spawn work ENOENT' }])
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
    expect(told().at(-1)).toEqual({ type: 'gone' })
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

  it('is killed at once when the machine has slept for as long as the wall clock was set back before', async () => {
    group.obeys = ['SIGKILL']
    await start()
    clock.jumpWall(-60_000)
    await clock.advance(50)
    clock.jumpWall(60_000)
    await clock.advance(50)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(100)
  })

  it('is killed at the end of the shortest grace', async () => {
    group.obeys = ['SIGKILL']
    await start()
    order({ type: 'stop', graceMs: 1_000 })
    order({ type: 'stop', graceMs: 9_000 })
    await clock.advance(9_000)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(1_050)
  })

  it('counts from when the renewal was sent, not from when it heard of it', async () => {
    await start()
    const sent = now()
    await clock.advance(5_000)
    order({ type: 'renewed', renewed: sent })
    await clock.advance(20_000)
    expect(firstOf('SIGTERM')).toBeLessThanOrEqual(11_050)
  })
})

describe('a command that is to stop', () => {
  it('is told at once, and killed when its grace is over, again and again until it is gone', async () => {
    group.obeys = []
    await start()
    order({ type: 'stop', graceMs: 1_000 })
    await clock.advance(1_200)
    expect(firstOf('SIGTERM')).toBe(0)
    expect(firstOf('SIGKILL')).toBe(1_000)
    expect(group.signals.filter(({ signal }) => signal === 'SIGKILL').length).toBeGreaterThan(2)
    expect(types()).toEqual(['waiting', 'started'])
    group.end({ exitCode: null, signal: 'SIGKILL' })
    await clock.advance(50)
    expect(types()).toEqual(['waiting', 'started', 'exited', 'gone'])
  })

  it('is told once, however often it is to stop', async () => {
    group.obeys = []
    await start()
    order({ type: 'stop', graceMs: 9_000 })
    order({ type: 'stop', graceMs: 1_000 })
    await clock.advance(900)
    expect(group.signals).toEqual([{ signal: 'SIGTERM', atMs: 0 }])
    await clock.advance(200)
    expect(firstOf('SIGKILL')).toBe(1_000)
  })

  it('is gone by the deadline, whatever its grace', async () => {
    group.obeys = ['SIGKILL']
    await start()
    await clock.advance(10_000)
    order({ type: 'stop', graceMs: 20_000 })
    await clock.advance(10_000)
    expect(firstOf('SIGKILL')).toBeLessThanOrEqual(14_050)
  })

  it('is told although it was still being launched', async () => {
    launching = Promise.withResolvers()
    await launch()
    order({ type: 'stop', graceMs: 1_000 })
    launching.resolve()
    await clock.advance(0)
    expect(group.signals.map(({ signal }) => signal)).toEqual(['SIGTERM'])
    expect(types()).toEqual(['waiting', 'exited', 'gone'])
  })
})

describe('what a command leaves behind', () => {
  it('is ended before the command counts as gone', async () => {
    await start()
    group.obeys = ['SIGKILL']
    group.exit.resolve({ exitCode: 0, signal: null })
    await clock.advance(LEFTOVER_GRACE_MS - 1)
    expect(types()).toEqual(['waiting', 'started', 'exited'])
    await clock.advance(100)
    expect(group.signals.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL'])
    expect(types()).toEqual(['waiting', 'started', 'exited', 'gone'])
    expect(told()[2]).toMatchObject({ exitCode: 0, wasTold: false })
  })
})

describe('a command whose join is gone', () => {
  it.each([
    ['is told to end, and killed soon after', false, ORPHAN_GRACE_MS],
    ['is killed at once where it was told before', true, 0],
  ])('%s', async (_name, wasTold, killedAfterMs) => {
    group.obeys = ['SIGKILL']
    await start()
    if (wasTold) order({ type: 'stop', graceMs: 9_000 })
    guard.abandon()
    await clock.advance(5_000)
    expect(firstOf('SIGTERM')).toBe(0)
    expect(firstOf('SIGKILL')).toBe(killedAfterMs)
    expect(group.hasMembers).toBe(false)
  })
})

describe('a process that waits to become the command', () => {
  it('does not until it is told to, and is told of before', async () => {
    await launch()
    await clock.advance(5_000)
    expect(told()).toEqual([{ type: 'waiting', pid: 42 }])
    order({ type: 'go' })
    await clock.advance(0)
    expect(types()).toEqual(['waiting'])
    becoming.resolve()
    await clock.advance(0)
    expect(types()).toEqual(['waiting', 'started'])
  })

  it('is told of as not run where it can not become it, once it is gone', async () => {
    await launch()
    order({ type: 'go' })
    becoming.reject(Object.assign(new Error('spawn work EACCES'), { code: 'EACCES' }))
    await clock.advance(1_000)
    expect(types()).toEqual(['waiting'])
    group.end({ exitCode: 126, signal: null })
    await clock.advance(50)
    expect(told()).toEqual([{ type: 'waiting', pid: 42 }, { type: 'not-run', code: 'EACCES', message: 'spawn work EACCES' }])
  })

  it('is told of as not run where it ends by itself', async () => {
    await launch()
    group.end({ exitCode: 1, signal: null })
    await clock.advance(50)
    expect(types()).toEqual(['waiting', 'not-run'])
  })

  it.each<[string, () => unknown]>([
    ['it is to stop', () => order({ type: 'stop', graceMs: 1_000 })],
    ['join is gone', () => guard.abandon()],
    ['the lease is not renewed', () => clock.advance(11_100)],
  ])('ends where %s, and never becomes the command', async (_name, happens) => {
    await launch()
    await happens()
    order({ type: 'go' })
    becoming.resolve()
    await clock.advance(100)
    expect(group.hasMembers).toBe(false)
    expect(types()).toEqual(['waiting', 'exited', 'gone'])
  })
})

describe('a signal that is meant for the command', () => {
  it('is passed on once the command is there, and not to what waits to become it', async () => {
    await launch()
    order({ type: 'signal', signal: 'SIGUSR1' })
    order({ type: 'go' })
    order({ type: 'signal', signal: 'SIGHUP' })
    await clock.advance(0)
    expect(group.passed).toEqual([])
    becoming.resolve()
    await clock.advance(0)
    order({ type: 'signal', signal: 'SIGUSR2' })
    await clock.advance(0)
    expect(group.passed).toEqual(['SIGHUP', 'SIGUSR2'])
  })
})

describe('what is no order', () => {
  const proper = { type: 'start', number: 9, command: ['work'], env: {}, deadlines: DEADLINES, renewed: { monotonicMs: 1, wallMs: 1 } }

  it.each([
    ...[null, undefined, 'stop', 7, {}, { type: 'stop' }, { type: 'go' }, { type: 'dance', number: 9 }],
    ...[{ type: 'stop', number: 9 }, { type: 'stop', number: 9, graceMs: null }, { type: 'signal', number: 9, signal: 'SIGKILL' }],
    ...[null, undefined, {}, { monotonicMs: null, wallMs: 1 }, { monotonicMs: 1 }].flatMap((renewed) => [
      { type: 'renewed', number: 9, renewed },
      { ...proper, renewed },
    ]),
    ...[{ ...proper, command: [] }, { ...proper, command: [1] }, { ...proper, command: null }, { ...proper, env: null }, { ...proper, env: { A: 1 } }],
    ...[{ ...proper, deadlines: null }, { ...proper, deadlines: {} }, { ...proper, deadlines: { endAfterMs: 1, killAfterMs: null } }],
  ])('is passed over: %j', async (message) => {
    guard.take(message)
    await clock.advance(0)
    expect(reports).toEqual([])
    await begin()
    reports.length = 0
    guard.take(message)
    await clock.advance(20_000)
    expect(firstOf('SIGTERM')).toBeLessThanOrEqual(11_050)
    expect(told().at(-1)).toEqual({ type: 'gone' })
  })

  const begin = async (): Promise<void> => {
    order({ ...proper, type: 'start', renewed: now() })
    await clock.advance(0)
    order({ type: 'go' })
    becoming.resolve()
    await clock.advance(0)
  }

  it('is a second command beside one that runs', async () => {
    await start()
    await start()
    expect(types()).toEqual(['waiting', 'started'])
  })
})
