import type { Exit, Launched } from '../../shared/guard/guard.ts'
import { MarkedProcesses } from '../../shared/guard/marked-processes.ts'
import type { ProcessGroup } from '../../shared/guard/process-group.ts'
import { systemProcessTable, type ProcessEntry } from '../../shared/guard/process-table.ts'
import type { Clock } from '../../shared/time/clock.ts'

/** Tells the watchdog about a process of the current program that the debugger named. Beside the guard's own orders. */
export interface NamedProcess {
  readonly type: 'process'
  readonly pid: number
}

/** What the watchdog has found of a program so far. Beside the guard's own reports. */
export interface FoundProcesses {
  readonly type: 'found'
  readonly marker: string
  /** Those that were running when it last looked. */
  readonly processes: readonly ProcessEntry[]
  /** Whether it has found any. */
  readonly hasSeen: boolean
}

/** How often to look at the processes of a program that runs, and for late ones of a program that has ended; milliseconds. */
const LOOK_MS = 500
/** The same for the first looks after an order to guard a program: it can end soon after its start. */
const FIRST_LOOK_MS = 50
const FIRST_LOOKS = 60
/** For how long to look for late processes of a program that has ended; milliseconds. */
const LATE_MS = 30_000
/** How long to go on looking for late processes if the extension host is gone; milliseconds. */
const ORPHAN_LOOK_MS = 5_000

/** The processes with this marker on this machine; nothing on a system where they cannot be found. */
export function processesOf(marker: string): MarkedProcesses {
  return new MarkedProcesses({
    table: systemProcessTable() ?? { list: () => [], read: () => [], hasInEnvironment: () => false },
    marker,
    signal: (pid, signal) => void process.kill(pid, signal),
  })
}

/** The program that is guarded. */
interface Current {
  readonly marker: string
  readonly processes: MarkedProcesses
  looks: number
  /** What the last look found, for comparing. */
  found: string
}

/** The programs that a debug session has run so far, as the watchdog sees them. */
export class DebuggedPrograms {
  readonly #clock: Clock
  readonly #report: (found: FoundProcesses) => void
  /** Those that are gone, since when on the monotonic clock. */
  #ended: { readonly processes: MarkedProcesses; readonly atMs: number }[] = []
  /** The one that the guard was asked to guard last. */
  #current: Current | null = null
  #isStopOrdered = false
  #orphanedAtMs: number | null = null
  /** Ends the present pause between two looks. */
  #wake = new AbortController()

  constructor(clock: Clock, report: (found: FoundProcesses) => void) {
    this.#clock = clock
    this.#report = report
    void this.#look()
  }

  /** Called with each message, before the guard gets it. */
  take(message: unknown): void {
    const { type, pid } = message as Partial<NamedProcess>
    // Then the debugger ends the program first.
    if ((type as unknown) === 'stop') this.#isStopOrdered = true
    if (type === 'process' && Number.isInteger(pid) && pid! > 1 && pid !== process.pid) this.#current?.processes.add(pid!)
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
    this.#current = { marker, processes, looks: 0, found: '' }
    this.#wake.abort()
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
    const current = this.#current
    this.#current = null
    if (!current) return
    const { marker, processes } = current
    this.#report({ type: 'found', marker, processes: [], hasSeen: processes.hasSeen })
    this.#ended.push({ processes, atMs: this.#clock.monotonicMs() })
  }

  #lookAt(current: Current): void {
    current.looks += 1
    const { marker, processes } = current
    const found = processes.look()
    const text = found.map(({ pid, startTime }) => `${pid} ${startTime}`).join()
    if (text === current.found) return
    current.found = text
    this.#report({ type: 'found', marker, processes: found, hasSeen: processes.hasSeen })
  }

  /** Sees what a program starts while it runs, and kills what a slow debugger starts after the end of its program. */
  async #look(): Promise<void> {
    const isOver = (): boolean => this.#orphanedAtMs !== null && this.#clock.monotonicMs() - this.#orphanedAtMs >= ORPHAN_LOOK_MS
    while (!isOver()) {
      const current = this.#current
      if (current) this.#lookAt(current)
      const sinceMs = this.#clock.monotonicMs() - LATE_MS
      this.#ended = this.#ended.filter(({ atMs }) => atMs > sinceMs)
      for (const { processes } of this.#ended) processes.signal('SIGKILL')
      this.#wake = new AbortController()
      const pauseMs = current && current.looks < FIRST_LOOKS ? FIRST_LOOK_MS : LOOK_MS
      await this.#clock.sleep(pauseMs, this.#wake.signal).catch(() => undefined)
    }
  }
}
