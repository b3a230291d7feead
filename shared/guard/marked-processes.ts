import type { ProcessGroup } from './process-group.ts'
import type { ProcessEntry, ProcessTable } from './process-table.ts'

export interface MarkedProcessesOptions {
  readonly table: ProcessTable
  /** The line in the environment of the program by which its processes are found, like `NAME=value`. */
  readonly marker: string
  /** Signals a process. Throws if there is no such process. */
  readonly signal: (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void
}

/**
 * The processes of a program that another program has started: those with a marker in their environment, also in a session
 * of their own (setsid), those that were named by their process ID, and what all of these have started, as far as it was
 * seen while its parent was running.
 *
 * It does not find a process that cleared its environment, and whose parent ended before the process was seen.
 */
export class MarkedProcesses implements ProcessGroup {
  readonly #options: MarkedProcessesOptions
  /** Start times by process ID. */
  readonly #known = new Map<number, string>()
  #hasSeen = false

  constructor(options: MarkedProcessesOptions) {
    this.#options = options
  }

  /** Whether a process of the program was ever found. Otherwise, it is not known whether the program is gone. */
  get hasSeen(): boolean {
    return this.#hasSeen
  }

  /** Adds a process that may have no marker. It may have ended by now. */
  add(pid: number): void {
    for (const { startTime } of this.#options.table.read([pid])) this.#known.set(pid, startTime)
    this.#hasSeen = true
  }

  /** Takes over what another process has found so far. */
  recall(found: readonly ProcessEntry[], hasSeen: boolean): void {
    this.#know(found)
    if (hasSeen) this.#hasSeen = true
  }

  /** The processes that are running now. */
  look(): readonly ProcessEntry[] {
    const { table, marker } = this.#options
    const all = table.list()
    const own = new Set(all.filter((entry) => this.#isKnown(entry) || table.hasInEnvironment(entry.pid, marker)).map(({ pid }) => pid))
    // Children can have lower process IDs than their parents, so look until no more are found.
    for (let before = -1; before < own.size; ) {
      before = own.size
      for (const { pid, parentPid } of all) if (own.has(parentPid)) own.add(pid)
    }
    const found = all.filter(({ pid }) => own.has(pid))
    this.#know(found)
    if (found.length > 0) this.#hasSeen = true
    return found
  }

  isGone(): boolean {
    // To look at all processes of a machine takes much longer than at those that are known.
    const isAnyRunning = this.#options.table.read([...this.#known.keys()]).some((entry) => this.#isKnown(entry))
    return !isAnyRunning && this.look().length === 0
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const { pid } of this.look()) this.#send(pid, signal)
  }

  /** Kills those of the given processes that still run. */
  kill(some: readonly ProcessEntry[]): void {
    const isMeant = ({ pid, startTime }: ProcessEntry): boolean => some.some((each) => each.pid === pid && each.startTime === startTime)
    for (const { pid } of this.look().filter(isMeant)) this.#send(pid, 'SIGKILL')
  }

  #send(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      this.#options.signal(pid, signal)
    } catch {
      // It has ended in the meantime.
    }
  }

  #know(found: readonly ProcessEntry[]): void {
    this.#known.clear()
    for (const { pid, startTime } of found) this.#known.set(pid, startTime)
  }

  #isKnown({ pid, startTime }: ProcessEntry): boolean {
    return this.#known.get(pid) === startTime
  }
}
