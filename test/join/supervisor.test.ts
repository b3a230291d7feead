import { beforeEach, describe, expect, it } from 'vitest'
import { BOOT_MS, CALM_HEARING_MS, HEARING_MS, Supervisor, WatchdogLost, type CommandEnd } from '../../shared/guard/supervisor.ts'
import type { Order, Report } from '../../shared/guard/watchdog-protocol.ts'
import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { PausableProcess } from '../support/pausable-process.ts'

/** What `join` knows of its command, with a watchdog that says what the test has it say. */
let clock: FakeClock
let join: PausableProcess
let orders: Order[]
let say: (report: Report) => void
let loseWatchdog: () => void
let isWatchdogKilled: boolean
let killed: string[]
let membersLeft: number
let supervisor: Supervisor
let stop: AbortController
let told: unknown[]

const RENEWED = { monotonicMs: new FakeClock().monotonicMs(), wallMs: new FakeClock().wallMs() }

function run(): Promise<CommandEnd> {
  const ended = supervisor.run({
    command: ['work', '-x'],
    env: { LEADER_NAME: 'a' },
    deadlines: { endAfterMs: 11_000, killAfterMs: 14_000 },
    stop: stop.signal,
    graceMs: () => 777,
    onStarted: (pid) => told.push(pid),
    onExited: (end) => told.push(end),
  })
  ended.catch(() => undefined)
  return ended
}

beforeEach(() => {
  clock = new FakeClock()
  join = new PausableProcess(clock)
  orders = []
  killed = []
  told = []
  membersLeft = 2
  isWatchdogKilled = false
  stop = new AbortController()
  supervisor = supervise()
  supervisor.renewed(RENEWED)
})

function supervise(): Supervisor {
  return new Supervisor({
    clock: join.clock,
    signalNumber: (signal) => ({ SIGKILL: 9, SIGTERM: 15 })[signal as 'SIGKILL'],
    groupOf: (leaderPid) => ({
      signal(signal) {
        killed.push(`${signal} ${leaderPid}`)
        membersLeft -= 1
      },
      isGone: () => membersLeft === 0,
    }),
    link: {
      send: (order) => orders.push(order),
      onReport: (listener) => (say = listener),
      onLost: (listener) => (loseWatchdog = listener),
      kill: () => (isWatchdogKilled = true),
    },
  })
}

describe('a command', () => {
  it('is sent to the watchdog with the renewal that acquired the lease', () => {
    void run()
    expect(orders).toEqual([
      {
        type: 'start',
        command: ['work', '-x'],
        env: { LEADER_NAME: 'a' },
        deadlines: { endAfterMs: 11_000, killAfterMs: 14_000 },
        renewed: RENEWED,
        number: 1,
      },
    ])
  })

  it.each([
    [{ exitCode: 7, signal: null, wasTold: false }, { exitCode: 7, signal: null, wasTold: false }],
    [{ exitCode: null, signal: 'SIGKILL', wasTold: false }, { exitCode: 137, signal: 'SIGKILL', wasTold: false }],
    [{ exitCode: null, signal: 'SIGTERM', wasTold: true }, { exitCode: 143, signal: 'SIGTERM', wasTold: true }],
  ] as const)('ends as the watchdog says, but not before its group is gone: %j', async (exit, expected) => {
    let isSettled = false
    const ended = run().finally(() => (isSettled = true))
    say({ type: 'started', pid: 42 })
    say({ type: 'exited', ...exit })
    await clock.advance(60_000)
    expect(isSettled).toBe(false)
    say({ type: 'gone' })
    expect(await ended).toEqual(expected)
    expect(told).toEqual([42, expected])
  })

  it.each([
    ['ENOENT', 127, 'Cannot run work: command not found.'],
    ['EACCES', 126, 'Cannot run work: spawn work EACCES.'],
    ['E2BIG', 126, 'Cannot run work: spawn work E2BIG.'],
  ])('that can not be run for %s has the code %i', async (code, exitCode, problem) => {
    const ended = run()
    say({ type: 'not-run', code, message: `spawn work ${code}` })
    expect(await ended).toEqual({ exitCode, signal: null, problem, wasTold: false })
  })

  it('is told to stop, with the grace period of the reason', () => {
    void run()
    stop.abort()
    expect(orders.at(-1)).toEqual({ type: 'stop', graceMs: 777, number: 2 })
  })

  it('is not started if leadership is lost already', async () => {
    stop.abort()
    expect(await run()).toEqual({ exitCode: 143, signal: 'SIGTERM', wasTold: true })
    expect(orders).toEqual([])
  })

  it('is started once its process is known', () => {
    void run()
    expect(orders.map(({ type }) => type)).toEqual(['start'])
    say({ type: 'waiting', pid: 42 })
    expect(orders.map(({ type }) => type)).toEqual(['start', 'go'])
    expect(told).toEqual([])
    say({ type: 'started', pid: 42 })
    expect(told).toEqual([42])
  })

  it('is never started if it must stop before', async () => {
    const ended = run()
    stop.abort()
    say({ type: 'waiting', pid: 42 })
    say({ type: 'exited', exitCode: null, signal: 'SIGTERM', wasTold: true })
    say({ type: 'gone' })
    expect(await ended).toMatchObject({ exitCode: 143, wasTold: true })
    expect(orders.map(({ type }) => type)).toEqual(['start', 'stop'])
    expect(told).toEqual([])
  })

  it('waits for the first renewal: without it there is no deadline', async () => {
    supervisor = supervise()
    const ended = run()
    await clock.advance(60_000)
    expect(orders).toEqual([])
    supervisor.renewed(RENEWED)
    await clock.advance(0)
    expect(orders).toMatchObject([{ type: 'start', renewed: RENEWED }])
    loseWatchdog()
    await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
  })

  it.each([
    ['is to stop', () => stop.abort(), 143],
    ['is lost with its watchdog', () => loseWatchdog(), null],
  ])('that waits for it, and %s, is not begun', async (_name, happens, code) => {
    supervisor = supervise()
    const ended = run()
    happens()
    if (code === null) await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
    else expect(await ended).toMatchObject({ exitCode: code })
    expect(orders).toEqual([])
  })
})

describe('renewals', () => {
  it('are passed on while a command runs, and only then', async () => {
    const ended = run()
    supervisor.renewed({ monotonicMs: 3_000, wallMs: 7_000 })
    say({ type: 'started', pid: 42 })
    say({ type: 'exited', exitCode: 0, signal: null, wasTold: false })
    say({ type: 'gone' })
    await ended
    supervisor.renewed({ monotonicMs: 5_000, wallMs: 9_000 })
    expect(orders.slice(1)).toEqual([{ type: 'renewed', renewed: { monotonicMs: 3_000, wallMs: 7_000 }, number: 2 }])
  })

  it('tell that the wall clock was set back since they were sent', async () => {
    const renewal = new Stopwatch({ monotonicMs: 3_000, wallMs: 7_000 })
    renewal.sample({ monotonicMs: 3_050, wallMs: 5_050 })
    renewal.sample({ monotonicMs: 3_100, wallMs: 7_100 })
    void run()
    supervisor.renewed(renewal)
    expect(orders.at(-1)).toMatchObject({ renewed: { monotonicMs: 3_000, wallMs: 5_000 } })
    loseWatchdog()
  })

  it('that arrive keep the command running', () => {
    void run()
    for (let count = 0; count < 100; count++) {
      supervisor.renewed(RENEWED)
      say({ type: 'heard' })
    }
    expect(isWatchdogKilled).toBe(false)
  })
})

describe('a watchdog that', () => {
  const cases: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['has ended', () => loseWatchdog()],
    [
      'hears no renewals any more',
      () => {
        supervisor.renewed(RENEWED)
        return clock.advance(CALM_HEARING_MS)
      },
    ],
    [
      'does not hear that the command must stop',
      () => {
        stop.abort()
        return clock.advance(HEARING_MS)
      },
    ],
  ]

  it.each(cases)('%s is killed, and its command by join itself', async (_name, happens) => {
    const ended = run()
    say({ type: 'started', pid: 42 })
    await happens()
    await clock.advance(100)
    await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
    expect(isWatchdogKilled).toBe(true)
    expect(killed).toEqual(['SIGKILL 42', 'SIGKILL 42'])
    expect(membersLeft).toBe(0)
  })

  it('only says something else in time has not heard that the command must stop', async () => {
    const ended = run()
    say({ type: 'started', pid: 42 })
    stop.abort()
    say({ type: 'heard', number: 1 })
    await clock.advance(HEARING_MS + 100)
    await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
  })

  it('is starting gets the time for that', async () => {
    const ended = run()
    await clock.advance(BOOT_MS - 100)
    expect(supervisor.lost.aborted).toBe(false)
    await clock.advance(200)
    await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
    expect(killed).toEqual([])
  })

  it.each([
    ['long before the last look', HEARING_MS - 200, 0],
    ['just before the last look', HEARING_MS - 10, 0],
    ['between the last look and the turn after it', HEARING_MS - 10, 10],
  ])('answers while join is stopped, is not lost: stopped %s', async (_name, afterMs, laterMs) => {
    void run()
    say({ type: 'started', pid: 42 })
    stop.abort()
    await clock.advance(afterMs)
    void clock.sleep(laterMs).then(() => join.pause())
    await clock.advance(60_000)
    join.receive(() => say({ type: 'heard', number: 2 }))
    join.resume()
    await clock.advance(100)
    // The deadline has passed meanwhile: it is told once more.
    say({ type: 'heard', number: 3 })
    await clock.advance(60_000)
    expect(supervisor.lost.aborted).toBe(false)
  })

  it('is stopped after it has heard the last order does not let the command outlive its lease', async () => {
    const ended = run()
    say({ type: 'started', pid: 42 })
    await clock.advance(9_000)
    stop.abort()
    say({ type: 'heard', number: 2 })
    await clock.advance(4_900)
    expect(killed).toEqual([])
    // The deadline is 14 s after the last renewal was sent.
    await clock.advance(200)
    expect(killed).toEqual(['SIGKILL 42', 'SIGKILL 42'])
    expect(orders.at(-1)).toEqual({ type: 'stop', graceMs: 0, number: 3 })
    await clock.advance(HEARING_MS + 100)
    await expect(ended).rejects.toBeInstanceOf(WatchdogLost)
  })

  it('was lost runs no other command', async () => {
    loseWatchdog()
    await expect(run()).rejects.toBeInstanceOf(WatchdogLost)
    expect(orders).toEqual([])
  })

  it('is not needed any more is ended', () => {
    supervisor.close()
    expect(isWatchdogKilled).toBe(true)
  })
})

describe('a signal that is meant for the command', () => {
  it('is passed on while it runs, and only then', async () => {
    expect(supervisor.pass('SIGHUP')).toBe(false)
    const ended = run()
    expect(supervisor.pass('SIGHUP')).toBe(false)
    say({ type: 'waiting', pid: 42 })
    expect(supervisor.pass('SIGUSR1')).toBe(true)
    say({ type: 'started', pid: 42 })
    expect(supervisor.pass('SIGHUP')).toBe(true)
    say({ type: 'exited', exitCode: 0, signal: null, wasTold: false })
    expect(supervisor.pass('SIGHUP')).toBe(false)
    say({ type: 'gone' })
    await ended
    expect(supervisor.pass('SIGHUP')).toBe(false)
    expect(orders.filter(({ type }) => type === 'signal')).toMatchObject([{ signal: 'SIGUSR1' }, { signal: 'SIGHUP' }])
  })
})
