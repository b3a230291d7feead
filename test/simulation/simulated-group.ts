import type { ProcessGroup } from '../../shared/guard/process-group.ts'
import type { Exit } from '../../shared/guard/guard.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** How a command behaves. */
export interface CommandSetup {
  /** How long each of its processes may take to end once told; milliseconds. Those that ignore it never end by themselves. */
  readonly slowestEndMs: number
  readonly ignoresTerm: number
  /** How likely it starts processes of its own, which may outlive it. */
  readonly forks: number
  /** How likely it ends by itself. */
  readonly endsByItself: number
}

/** Between a SIGKILL and the end. */
const SLOWEST_KILL_MS = 5

/** A command's process group on a simulated machine: the command itself, and what it started. */
export class SimulatedGroup implements ProcessGroup {
  readonly exited: Promise<Exit>
  readonly #scheduler: Scheduler
  /** What happens to it waits while its machine sleeps. */
  readonly #machine: Process
  readonly #random: Random
  readonly #setup: CommandSetup
  readonly #onGone: () => void
  readonly #exit = Promise.withResolvers<Exit>()
  /** Who of it lives; 0 is the command itself. */
  readonly #alive = new Set([0])
  readonly #told = new Set<number>()
  #hasBegun = false

  /** @param onGone is called when nothing of it runs any more */
  constructor(world: { scheduler: Scheduler; machine: Process; random: Random }, setup: CommandSetup, onGone: () => void) {
    this.#scheduler = world.scheduler
    this.#machine = world.machine
    this.#random = world.random
    this.#setup = setup
    this.#onGone = onGone
    this.exited = this.#exit.promise
  }

  /** The process that waited becomes the command. False where it has ended before. */
  become(): boolean {
    if (!this.#alive.has(0)) return false
    this.#hasBegun = true
    const { forks, endsByItself } = this.#setup
    if (this.#random.chance(endsByItself)) this.#endAfter(0, this.#random.between(0, 20_000))
    if (this.#random.chance(forks)) this.#alive.add(1)
    return true
  }

  isGone(): boolean {
    return this.#alive.size === 0
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const member of this.#alive) {
      if (signal === 'SIGKILL') this.#endAfter(member, this.#random.between(0.1, SLOWEST_KILL_MS), 'SIGKILL')
      else if (!this.#told.has(member)) this.#tell(member)
    }
    // Whoever was about to fork has forked.
    if (signal === 'SIGTERM' && this.#hasBegun && this.#alive.has(0) && this.#random.chance(this.#setup.forks / 2)) this.#alive.add(2)
  }

  /** The watchdog has ended: what waits for its word ends by itself. */
  orphaned(): void {
    if (!this.#hasBegun) this.#endAfter(0, 1)
  }

  #tell(member: number): void {
    this.#told.add(member)
    if (this.#hasBegun && this.#random.chance(this.#setup.ignoresTerm)) return
    this.#endAfter(member, this.#hasBegun ? this.#random.skewed(1, this.#setup.slowestEndMs) : 1, 'SIGTERM')
  }

  #endAfter(member: number, durationMs: number, signal: NodeJS.Signals | null = null): void {
    const end = (): void => {
      if (!this.#alive.delete(member)) return
      if (member === 0) this.#exit.resolve({ exitCode: signal === null ? 0 : null, signal })
      if (this.isGone()) this.#onGone()
    }
    this.#scheduler.after(durationMs, () => this.#machine.deliver(end))
  }
}
