import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processesOf } from '../../extension/debug/debugged-programs.ts'
import { ProgramGuard, type GuardedEnd } from '../../extension/debug/program-guard.ts'
import { MARKER } from '../../extension/debug/hold-session.ts'
import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'

const WATCHDOG = fileURLToPath(new URL('../../extension/debug/watchdog.ts', import.meta.url))
/** A program that ignores SIGTERM, with a child in a session of its own, and one whose environment is empty. */
const STUBBORN = 'trap "" TERM; setsid sleep 1000 & env -i sleep 1000 & while :; do sleep 1000; done'
const TIMINGS = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 }

const now = (): Stopwatch => new Stopwatch({ monotonicMs: machineClock.monotonicMs(), wallMs: machineClock.wallMs() })
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

let guard: ProgramGuard
let runId: string
let stop: AbortController
let end: Promise<GuardedEnd>
let program: ChildProcess

beforeEach(async () => {
  guard = new ProgramGuard(WATCHDOG, TIMINGS)
  runId = randomUUID()
  stop = new AbortController()
  guard.renewed(now())
  const ready = Promise.withResolvers<undefined>()
  end = guard.run({ marker: `${MARKER}=${runId}`, stop: stop.signal, onReady: () => ready.resolve(undefined) })
  end.catch(() => undefined)
  await ready.promise
  program = spawn('sh', ['-c', STUBBORN], { stdio: 'ignore', env: { ...process.env, [MARKER]: runId } })
  await expect.poll(() => processesOf(`${MARKER}=${runId}`).look().length).toBeGreaterThanOrEqual(4)
})

afterEach(async () => {
  stop.abort()
  await end.catch(() => undefined)
  guard.close()
})

// The processes of a program are found by their environment on Linux alone.
describe.runIf(process.platform === 'linux')('the watchdog of a debugged program', () => {
  it('kills what is left a second after the order to stop, and says that it is gone', async () => {
    const pids = processesOf(`${MARKER}=${runId}`).look().map(({ pid }) => pid)
    const atMs = performance.now()
    stop.abort()
    guard.renewed(now())
    expect(await end).toEqual({ isCertain: true })
    expect(performance.now() - atMs).toBeGreaterThan(900)
    expect(pids.filter(isRunning)).toEqual([])
  })

  it('ends it before the lease expires, if no renewal and no order comes', async () => {
    const renewedAtMs = performance.now()
    guard.renewed(now())
    // The extension host does nothing but wait here: it does not see the deadline itself.
    await expect.poll(() => processesOf(`${MARKER}=${runId}`).isGone(), { timeout: 20_000, interval: 50 }).toBe(true)
    expect(performance.now() - renewedAtMs).toBeGreaterThan(TIMINGS.renewDeadlineMs)
    await end
  })

  it('is not needed to end it: if the watchdog is killed, the program is killed', async () => {
    guard.close()
    // A watchdog that is closed on purpose is not lost, so this one is killed from outside instead.
    const other = new ProgramGuard(WATCHDOG, TIMINGS)
    other.renewed(now())
    const ready = Promise.withResolvers<undefined>()
    const killed = other.run({ marker: `${MARKER}=${runId}`, stop: new AbortController().signal, onReady: () => ready.resolve(undefined) })
    killed.catch(() => undefined)
    await ready.promise
    const watchdogs = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number)
    const isWatchdog = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(WATCHDOG)
    for (const pid of watchdogs.filter(isWatchdog)) process.kill(pid, 'SIGKILL')
    await expect(killed).rejects.toThrow('watchdog')
    expect(processesOf(`${MARKER}=${runId}`).isGone()).toBe(true)
    expect(program.killed || !isRunning(program.pid!)).toBe(true)
    other.close()
    end = Promise.resolve({ isCertain: true })
  })

  it('kills what a slow debugger starts after the end', async () => {
    stop.abort()
    await end
    const late = spawn('sleep', ['1000'], { stdio: 'ignore', env: { ...process.env, [MARKER]: runId } })
    const [, signal] = (await once(late, 'exit')) as [number | null, string]
    expect(signal).toBe('SIGKILL')
  })
})
