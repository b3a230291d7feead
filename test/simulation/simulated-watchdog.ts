import { Guard, type Launched } from '../../shared/guard/guard.ts'
import type { WatchdogLink } from '../../shared/guard/supervisor.ts'
import type { Order, Report } from '../../shared/guard/watchdog-protocol.ts'
import type { Judge } from './judge/judge.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { SimulatedGroup, type CommandSetup } from './simulated-group.ts'

/** What befalls `join` or its watchdog right after a message of a kind was sent between them. */
export interface Trouble {
  readonly after: Order['type'] | Report['type']
  readonly what: 'kill watchdog' | 'stop watchdog' | 'slow link' | 'kill join' | 'stop join'
  readonly delayMs: number
  readonly durationMs: number
}

export interface WatchdogSetup {
  readonly command: CommandSetup
  readonly bootMs: number
  /** How long a message takes; milliseconds. */
  readonly latencyMs: number
  readonly troubles: readonly Trouble[]
}

interface World {
  readonly scheduler: Scheduler
  readonly judge: Judge
  readonly machine: Process
  readonly join: Process
  readonly random: Random
  /** Whether things still go wrong. */
  readonly isFaulty: () => boolean
  /** Kills `join` itself. */
  readonly crash: () => void
}

/** The watchdog of one `join`: the real guard, in a process of its own on the same machine, over a link with faults. */
export class SimulatedWatchdog implements WatchdogLink {
  readonly process: Process
  readonly #world: World
  readonly #setup: WatchdogSetup
  readonly #guard: Guard
  readonly #groups = new Map<number, SimulatedGroup>()
  readonly #troubles: Set<Trouble>
  readonly #readyAtMs: number
  #listener: (report: Report) => void = () => undefined
  #lost: () => void = () => undefined
  #latencyMs: number
  #slowUntilMs = Number.NEGATIVE_INFINITY
  #nextPid = 100
  /** What is on its way, in order: a pipe keeps it, also where its reader was stopped. */
  readonly #pipes: Readonly<Record<'orders' | 'reports', (() => void)[]>> = { orders: [], reports: [] }

  constructor(world: World, process: Process, setup: WatchdogSetup) {
    this.#world = world
    this.#setup = setup
    this.process = process
    this.#latencyMs = setup.latencyMs
    this.#troubles = new Set(setup.troubles)
    this.#readyAtMs = world.scheduler.nowMs + setup.bootMs
    this.#guard = new Guard({
      clock: process.clock,
      launch: () => this.#launch(),
      report: (report) => this.#report(report),
    })
    world.judge.watchdog(world.join, true)
  }

  // `join`'s side.

  send(order: Order): void {
    this.#befall(order.type)
    this.#pass('orders', this.#readyAtMs, this.process, () => this.#guard.take(order))
  }

  onReport(listener: (report: Report) => void): void {
    this.#listener = listener
  }

  onLost(listener: () => void): void {
    this.#lost = listener
  }

  kill(): void {
    this.#end()
  }

  groupOf(pid: number): SimulatedGroup {
    return this.#groups.get(pid)!
  }

  /** Whether `join` can do without it, should it be stopped or killed now. */
  get isHealthy(): boolean {
    return this.process.state === 'running'
  }

  /** Whether anything of any command runs. */
  get isIdle(): boolean {
    return [...this.#groups.values()].every((group) => group.isGone())
  }

  /** `join` has ended, whatever ended it. */
  abandoned(): void {
    this.#pass('orders', this.#readyAtMs, this.process, () => this.#guard.abandon())
  }

  heal(): void {
    if (this.process.state === 'dead') return
    this.process.resume()
    this.#latencyMs = this.#setup.latencyMs
    this.#tellHealth()
  }

  // The watchdog's.

  #report(report: Report): void {
    if (this.process.state === 'dead') return
    this.#befall(report.type)
    this.#pass('reports', 0, this.#world.join, () => this.#listener(report))
  }

  async #launch(): Promise<Launched> {
    const { scheduler, judge, machine, join, random } = this.#world
    // A process takes time to be there.
    await this.process.clock.sleep(random.skewed(1, 200))
    const pid = this.#nextPid++
    const group: SimulatedGroup = new SimulatedGroup({ scheduler, machine, random: random.fork() }, this.#setup.command, () => judge.commandGone(join))
    this.#groups.set(pid, group)
    return {
      pid,
      group,
      exited: group.exited,
      signal: () => undefined,
      go: async () => {
        if (!group.become()) throw new Error('it has ended')
        judge.commandStarted(join, machine)
      },
    }
  }

  // What befalls them.

  #befall(type: Trouble['after']): void {
    for (const trouble of this.#troubles) {
      if (trouble.after !== type) continue
      this.#troubles.delete(trouble)
      this.#world.scheduler.after(trouble.delayMs, () => this.#strike(trouble))
    }
  }

  #strike({ what, durationMs }: Trouble): void {
    const { scheduler, judge, join } = this.#world
    if (!this.#world.isFaulty()) return
    // Where both are struck at once, nobody is left to end the command.
    if (join.state !== 'running' || this.process.state !== 'running') return
    switch (what) {
      case 'kill watchdog':
        return this.#end()
      case 'stop watchdog':
        judge.watchdog(join, false)
        this.process.suspend('stopped')
        scheduler.after(durationMs, () => {
          if (this.process.state !== 'stopped') return
          this.process.resume()
          this.#tellHealth()
        })
        return
      case 'slow link':
        this.#latencyMs = durationMs / 10
        this.#slowUntilMs = Math.max(this.#slowUntilMs, scheduler.nowMs + 1.1 * durationMs)
        this.#tellHealth()
        scheduler.after(durationMs, () => (this.#latencyMs = this.#setup.latencyMs))
        // What was sent until then may come so late.
        scheduler.after(1.1 * durationMs + 1, () => this.#tellHealth())
        return
      case 'kill join':
        return this.#world.crash()
      case 'stop join':
        join.suspend('stopped')
        judge.suspended(join)
        judge.health(join, false)
        scheduler.after(durationMs, () => {
          if (join.state !== 'stopped') return
          judge.resumed(join)
          join.resume()
        })
    }
  }

  #tellHealth(): void {
    const { scheduler, judge, join } = this.#world
    judge.watchdog(join, this.process.state === 'running' && scheduler.nowMs > this.#slowUntilMs)
  }

  #end(): void {
    if (this.process.state === 'dead') return
    const { judge, join } = this.#world
    judge.watchdog(join, false)
    this.process.kill()
    for (const group of this.#groups.values()) group.orphaned()
    this.#pass('reports', 0, join, () => this.#lost())
  }

  #pass(direction: 'orders' | 'reports', notBeforeMs: number, to: Process, receive: () => void): void {
    const { scheduler, random } = this.#world
    const pipe = this.#pipes[direction]
    pipe.push(receive)
    const atMs = Math.max(scheduler.nowMs + random.skewed(0.1, this.#latencyMs), notBeforeMs)
    scheduler.at(atMs, () => to.deliver(() => pipe.shift()!()))
  }
}
