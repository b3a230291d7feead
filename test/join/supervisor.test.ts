import { beforeEach, describe, expect, it } from 'vitest'
import { HEARING_MS, Supervisor, WatchdogLost, type CommandEnd } from '../../kubectl-plugin/join/supervisor.ts'
import type { Order, Report } from '../../kubectl-plugin/join/watchdog-protocol.ts'
import { FakeClock } from '../../shared/time/index.ts'

/** What `join` knows of its command, with a watchdog that says what the test has it say. */
let clock: FakeClock
let orders: Order[]
let say: (report: Report) => void
let loseWatchdog: () => void
let isWatchdogKilled: boolean
let killed: string[]
let membersLeft: number
let supervisor: Supervisor
let stop: AbortController
let told: unknown[]

const RENEWED = { monotonicMs: 1_000, wallMs: 5_000 }

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
  orders = []
  killed = []
  told = []
  membersLeft = 2
  isWatchdogKilled = false
  stop = new AbortController()
  supervisor = new Supervisor({
    clock,
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
  supervisor.renewed(RENEWED)
})

describe('a command', () => {
  it('is ordered with the renewal that won the lease', () => {
    void run()
    expect(orders).toEqual([
      {
        type: 'start',
        command: ['work', '-x'],
        env: { LEADER_NAME: 'a' },
        deadlines: { endAfterMs: 11_000, killAfterMs: 14_000 },
        renewed: RENEWED,
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
    ['ENOENT', 127, 'Cannot run work: there is no such command.'],
    ['EACCES', 126, 'Cannot run work: spawn work EACCES.'],
    ['E2BIG', 126, 'Cannot run work: spawn work E2BIG.'],
  ])('that can not be run for %s has the code %i', async (code, exitCode, problem) => {
    const ended = run()
    say({ type: 'not-run', code, message: `spawn work ${code}` })
    expect(await ended).toEqual({ exitCode, signal: null, problem, wasTold: false })
  })

  it('is told to stop, with the grace for why', () => {
    void run()
    stop.abort()
    expect(orders.at(-1)).toEqual({ type: 'stop', graceMs: 777 })
  })

  it('is told to stop as soon as it is started, where leadership is lost already', () => {
    stop.abort()
    void run()
    expect(orders.map(({ type }) => type)).toEqual(['start', 'stop'])
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
    expect(orders.slice(1)).toEqual([{ type: 'renewed', renewed: { monotonicMs: 3_000, wallMs: 7_000 } }])
  })

  it('that are heard go on for ever', () => {
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
    ['hears no renewals any more', () => [1, 2, 3, 4].forEach(() => supervisor.renewed(RENEWED))],
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
