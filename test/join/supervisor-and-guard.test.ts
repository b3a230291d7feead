import { describe, expect, it } from 'vitest'
import { Guard, type Exit } from '../../shared/guard/guard.ts'
import { HEARING_MS, Supervisor, WatchdogLost } from '../../shared/guard/supervisor.ts'
import type { Report } from '../../shared/guard/watchdog-protocol.ts'
import { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { Random } from '../simulation/random.ts'
import { PausableProcess } from '../support/pausable-process.ts'

/**
 * The two halves of `join -- COMMAND` together, as two processes with a link between them that takes its time, either of
 * which is stopped for a while, and the watchdog killed, at any moment. A seed determines all of it.
 */
const DEADLINES = { endAfterMs: 2_200, killAfterMs: 2_800 }
const RENEWAL_MS = 400
const GRACE_MS = 700
/** Why a command must end: its lease was not renewed in time. */
const LATE = 'late'
/** Clocks are looked at every 50 ms, and messages take up to 20 ms. */
const SLACK_MS = 150

interface FakeCommand {
  readonly pid: number
  state: 'waiting' | 'running' | 'gone'
  /** When it was told, and when it was killed. */
  termMs: number | null
  readonly kills: { readonly atMs: number; readonly unrenewedMs: number }[]
}

class World {
  readonly clock = new FakeClock()
  readonly random: Random
  readonly join = new PausableProcess(this.clock)
  readonly watchdog = new PausableProcess(this.clock)
  readonly commands: FakeCommand[] = []
  readonly supervisor: Supervisor
  /** When the last renewal was sent; monotonic milliseconds. */
  renewedMs = this.clock.monotonicMs()
  #lastDelivery = { toWatchdog: 0, toJoin: 0 }
  readonly #exits = new Map<number, PromiseWithResolvers<Exit>>()

  constructor(seed: number) {
    this.random = new Random(seed)
    let hear: (report: Report) => void = () => undefined
    let lose: () => void = () => undefined
    const guard = new Guard({
      clock: this.watchdog.clock,
      launch: async () => {
        const command = this.#spawn()
        return {
          pid: command.pid,
          group: this.#group(command.pid),
          go: async () => {
            if (command.state !== 'waiting') return
            command.state = 'running'
            const endsByItself = this.random.chance(0.2)
            if (endsByItself) void this.clock.sleep(this.random.between(0, 3_000)).then(() => this.#end(command, { exitCode: 0, signal: null }))
            await this.watchdog.clock.sleep(this.random.between(0, 40))
          },
          signal: () => undefined,
          exited: this.#exits.get(command.pid)!.promise,
        }
      },
      report: (report) => this.#deliver('toJoin', () => hear(report)),
    })
    this.supervisor = new Supervisor({
      clock: this.join.clock,
      signalNumber: () => 15,
      groupOf: (pid) => this.#group(pid),
      link: {
        send: (order) => this.#deliver('toWatchdog', () => guard.take(order)),
        onReport: (listener) => (hear = listener),
        onLost: (listener) => (lose = listener),
        kill: () => this.killWatchdog(),
      },
    })
    this.#onWatchdogDead = () => this.join.receive(() => lose())
  }

  readonly #onWatchdogDead: () => void

  now(): { monotonicMs: number; wallMs: number } {
    return { monotonicMs: this.clock.monotonicMs(), wallMs: this.clock.wallMs() }
  }

  killWatchdog(): void {
    if (this.watchdog.isDead) return
    this.watchdog.kill()
    // What waits for its word ends with it, a little later.
    for (const command of this.commands.filter(({ state }) => state === 'waiting')) {
      void this.clock.sleep(this.random.between(0, 30)).then(() => this.#end(command, { exitCode: 0, signal: null }))
    }
    // The end may be known before what it said last is read, and after.
    void this.clock.sleep(this.random.between(0, 30)).then(() => this.#onWatchdogDead())
  }

  living(): readonly FakeCommand[] {
    return this.commands.filter(({ state }) => state === 'running')
  }

  #spawn(): FakeCommand {
    const command: FakeCommand = { pid: 100 + this.commands.length, state: 'waiting', termMs: null, kills: [] }
    this.commands.push(command)
    this.#exits.set(command.pid, Promise.withResolvers())
    return command
  }

  #end(command: FakeCommand, exit: Exit): void {
    if (command.state === 'gone') return
    command.state = 'gone'
    this.#exits.get(command.pid)!.resolve(exit)
  }

  #group(pid: number) {
    const command = this.commands.find((each) => each.pid === pid)!
    return {
      isGone: () => command.state === 'gone',
      signal: (signal: 'SIGTERM' | 'SIGKILL') => {
        const atMs = this.clock.monotonicMs()
        if (signal === 'SIGKILL') command.kills.push({ atMs, unrenewedMs: atMs - this.renewedMs })
        else command.termMs = atMs
        const obeys = signal === 'SIGKILL' || command.state === 'waiting' || this.random.chance(0.5)
        const tookMs = signal === 'SIGKILL' || command.state === 'waiting' ? 0 : this.random.between(0, 1_500)
        if (obeys) void this.clock.sleep(tookMs).then(() => this.#end(command, { exitCode: null, signal }))
      },
    }
  }

  /** In the order in which it was sent. */
  #deliver(to: 'toWatchdog' | 'toJoin', happens: () => void): void {
    const atMs = Math.max(this.#lastDelivery[to], this.clock.monotonicMs() + this.random.skewed(0, 20))
    this.#lastDelivery[to] = atMs
    const receiver = to === 'toWatchdog' ? this.watchdog : this.join
    void this.clock.sleep(atMs - this.clock.monotonicMs()).then(() => receiver.receive(happens))
  }
}

/** Terms, one after the other, with what a seed has happen in them. Returns what was seen. */
async function play(seed: number, harms: { readonly kills: boolean; readonly pausesWatchdog: boolean }) {
  const world = new World(seed)
  const { clock, random, join, supervisor } = world
  const seen = { runs: 0, lost: 0, commands: 0, killedEarly: 0, lateMs: 0, leftBehind: 0 }
  const over = new AbortController()
  const goesOn = (): boolean => !over.signal.aborted

  const happening = async (everyMs: number, happens: () => Promise<void>): Promise<void> => {
    while (goesOn()) {
      await clock.sleep(random.between(0, 2 * everyMs))
      if (goesOn()) await happens()
    }
  }
  void happening(3_000, async () => {
    join.pause()
    await clock.sleep(random.pick([1, 20, 400, 600, 3_000, 10_000]))
    join.resume()
  })
  if (harms.pausesWatchdog) {
    void happening(2_000, async () => {
      world.watchdog.pause()
      await clock.sleep(random.between(0, HEARING_MS / 2))
      world.watchdog.resume()
    })
  }
  if (harms.kills) void clock.sleep(random.between(0, 8_000)).then(() => world.killWatchdog())
  // Where the watchdog is there to see to it, nothing runs past the deadline.
  void (async () => {
    while (goesOn()) {
      await clock.sleep(5)
      const isAnybodyAwake = !world.watchdog.isDead || !join.isPaused
      if (world.living().length > 0 && isAnybodyAwake) seen.lateMs = Math.max(seen.lateMs, clock.monotonicMs() - world.renewedMs - DEADLINES.killAfterMs)
    }
  })()

  const terms = (async () => {
    for (let term = 0; term < 6 && !supervisor.lost.aborted; term++) {
      const stop = new AbortController()
      const ending = new AbortController()
      const renew = (): void => {
        world.renewedMs = clock.monotonicMs()
        supervisor.renewed(new Stopwatch(world.now()))
      }
      renew()
      void (async () => {
        for (;;) {
          await join.clock.sleep(RENEWAL_MS * random.between(0.9, 1.2))
          // As an elector: what was not renewed in time is lost, whatever comes later.
          if (clock.monotonicMs() - world.renewedMs >= DEADLINES.endAfterMs - 200) stop.abort(LATE)
          if (ending.signal.aborted || stop.signal.reason === LATE) return
          renew()
        }
      })()
      void join.clock.sleep(random.skewed(0, 4_000)).then(() => stop.abort())
      const before = world.commands.length
      try {
        await supervisor.run({
          command: ['work'],
          env: {},
          deadlines: DEADLINES,
          stop: stop.signal,
          graceMs: () => GRACE_MS,
          onStarted: () => (seen.commands += 1),
          onExited: () => undefined,
        })
      } catch (error) {
        expect(error).toBeInstanceOf(WatchdogLost)
        seen.lost += 1
      }
      ending.abort()
      seen.runs += 1
      seen.leftBehind += world.living().length
      for (const { kills, termMs } of world.commands.slice(before)) {
        const first = kills[0]
        // Killed, although its lease was good and its grace was not over.
        if (first && first.unrenewedMs < DEADLINES.killAfterMs - 1 && first.atMs - (termMs ?? first.atMs) < GRACE_MS - 1) seen.killedEarly += 1
      }
      // A new term comes at once, or later.
      await join.clock.sleep(random.pick([0, 1, 430, 490, 500, 1_000]))
    }
  })()
  const done = new AbortController()
  void terms.finally(() => done.abort())
  for (let advancedMs = 0; !done.signal.aborted; advancedMs += 100) {
    if (advancedMs > 600_000) throw new Error(`seed ${seed}: it never ends`)
    await clock.advance(100)
  }
  await terms
  over.abort()
  await clock.advance(1_000)
  return { ...seen, leftBehind: seen.leftBehind + world.living().length }
}

describe('join and its watchdog', () => {
  const seeds = Array.from({ length: 80 }, (_, index) => index + 1)

  it.each([
    ['while join is stopped and goes on', false],
    ['while both are, the watchdog for less than it may take to answer', true],
  ])('%s: a healthy watchdog is never lost, no command runs past its deadline, and each has its grace', async (_name, pausesWatchdog) => {
    const totals = { commands: 0, runs: 0 }
    for (const seed of seeds) {
      const { commands, runs, lost, leftBehind, killedEarly, lateMs } = await play(seed, { kills: false, pausesWatchdog })
      totals.commands += commands
      totals.runs += runs
      expect({ seed, lost, leftBehind, killedEarly }).toEqual({ seed, lost: 0, leftBehind: 0, killedEarly: 0 })
      expect(lateMs, `seed ${seed}`).toBeLessThan(SLACK_MS + (pausesWatchdog ? HEARING_MS / 2 : 0))
    }
    expect(totals.commands).toBeGreaterThan(150)
    expect(totals.runs).toBe(6 * seeds.length)
  })

  it('where the watchdog is killed at any moment: nothing is left running', async () => {
    let lost = 0
    for (const seed of seeds) {
      const seen = await play(seed, { kills: true, pausesWatchdog: true })
      lost += seen.lost
      expect({ seed, leftBehind: seen.leftBehind }).toEqual({ seed, leftBehind: 0 })
    }
    expect(lost).toBeGreaterThan(25)
  })
})
