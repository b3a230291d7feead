import type { Exit, Launched } from '../../shared/guard/guard.ts'
import { MarkedProcesses } from '../../shared/guard/marked-processes.ts'
import type { ProcessGroup } from '../../shared/guard/process-group.ts'
import { systemProcessTable } from '../../shared/guard/process-table.ts'
import type { Clock } from '../../shared/time/index.ts'

/** Tells the watchdog about a process of the current program that the debugger named. Beside the guard's own orders. */
export interface NamedProcess {
  readonly type: 'process'
  readonly pid: number
}

/** How often to look at the processes of a program that runs, and for late ones of a program that has ended; milliseconds. */
const LOOK_MS = 500
/** How long to go on looking for late processes if the extension host is gone; milliseconds. */
const ORPHAN_LOOK_MS = 5_000

/** The processes with this marker on this machine; nothing on a system where they cannot be found. */
export function processesOf(marker: string): MarkedProcesses {
  return new MarkedProcesses({
    table: systemProcessTable() ?? { list: () => [], hasInEnvironment: () => false },
    marker,
    signal: (pid, signal) => void process.kill(pid, signal),
  })
}

/** The programs that a debug session has run so far, as the watchdog sees them. */
export class DebuggedPrograms {
  readonly #clock: Clock
  /** Those that are gone. */
  readonly #ended: MarkedProcesses[] = []
  /** The one that the guard was asked to guard last. */
  #current: MarkedProcesses | null = null
  #isStopOrdered = false
  #orphanedAtMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    void this.#look()
  }

  /** Called with each message, before the guard gets it. */
  take(message: unknown): void {
    const { type, pid } = message as Partial<NamedProcess>
    // Then the debugger ends the program first.
    if ((type as unknown) === 'stop') this.#isStopOrdered = true
    if (type === 'process' && Number.isInteger(pid) && pid! > 1 && pid !== process.pid) this.#current?.add(pid!)
  }

  /** The extension host is gone. */
  orphaned(): void {
    this.#orphanedAtMs ??= this.#clock.monotonicMs()
  }

  /** Guards a program that the debugger will start with this marker in its environment. */
  launch(marker: string): Launched {
    const processes = processesOf(marker)
    const exited = Promise.withResolvers<Exit>()
    this.#isStopOrdered = false
    this.#current = processes
    const group: ProcessGroup = {
      isGone: () => processes.isGone(),
      signal: (signal) => {
        if (signal === 'SIGKILL' || !this.#isStopOrdered) processes.signal(signal)
        if (signal !== 'SIGTERM') return
        // The guard told the program to end. From now on, it waits until no process is left.
        exited.resolve({ exitCode: null, signal: null })
      },
    }
    return { pid: process.pid, group, go: async () => undefined, signal: () => undefined, exited: exited.promise }
  }

  /** The guard has seen that no process of the program is left. */
  gone(): void {
    if (this.#current) this.#ended.push(this.#current)
    this.#current = null
  }

  /** Sees what a program starts while it runs, and kills what a slow debugger starts after the end of its program. */
  async #look(): Promise<void> {
    const isOver = (): boolean => this.#orphanedAtMs !== null && this.#clock.monotonicMs() - this.#orphanedAtMs >= ORPHAN_LOOK_MS
    while (!isOver()) {
      this.#current?.look()
      for (const processes of this.#ended) processes.signal('SIGKILL')
      await this.#clock.sleep(LOOK_MS)
    }
  }
}
