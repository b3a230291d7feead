import { fork } from 'node:child_process'
import { constants } from 'node:os'
import { commandDeadlines } from '../../shared/guard/deadlines.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import type { MarkedProcesses } from '../../shared/guard/marked-processes.ts'
import { Supervisor, type WatchdogLink } from '../../shared/guard/supervisor.ts'
import type { Report } from '../../shared/guard/watchdog-protocol.ts'
import type { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { processesOf, type FoundProcesses, type NamedProcess } from './debugged-programs.ts'

/** How long the debugger has to end the program before it is killed; milliseconds. */
const GRACE_MS = 1_000

/** What a guarded run is told. */
export interface GuardedRun {
  /** The line in the program's environment by which it is found. */
  readonly marker: string
  /** Aborted when the program must end. */
  readonly stop: AbortSignal
  /** The watchdog is ready: the program may start. */
  readonly onReady: () => void
}

/** How a guarded run ended. */
export interface GuardedEnd {
  /** Whether a process of the program was seen, and none is left. Otherwise, it is not known whether the program is gone. */
  readonly isCertain: boolean
}

/**
 * Guards the programs that a debugger runs, one after the other, with a watchdog process. The watchdog alone looks for
 * their processes while they run: all extensions of a window share one process, whose time looking would take.
 */
export class ProgramGuard {
  readonly #supervisor: Supervisor
  readonly #sendExtra: (message: NamedProcess) => void
  readonly #deadlines
  #current: { readonly marker: string; readonly processes: MarkedProcesses } | null = null

  constructor(watchdogFile: string, timings: Timings) {
    const { link, sendExtra } = startWatchdog(watchdogFile, ({ marker, processes, hasSeen }) => {
      if (marker === this.#current?.marker) this.#current.processes.recall(processes, hasSeen)
    })
    this.#sendExtra = sendExtra
    this.#deadlines = commandDeadlines(timings)
    this.#supervisor = new Supervisor({
      clock: machineClock,
      link,
      groupOf: () => this.#current!.processes,
      signalNumber: (signal) => constants.signals[signal],
    })
  }

  /** Aborted, with a `WatchdogLost`, when the watchdog has ended or does not answer. The program has been killed then. */
  get lost(): AbortSignal {
    return this.#supervisor.lost
  }

  renewed(renewal: Stopwatch): void {
    this.#supervisor.renewed(renewal)
  }

  /** Names a process of the current program that may have no marker. */
  add(pid: number): void {
    this.#current?.processes.add(pid)
    this.#sendExtra({ type: 'process', pid })
  }

  /**
   * Guards one program until `stop` is aborted and no process of it is left.
   * @throws WatchdogLost if the watchdog was lost; the program has been killed
   */
  async run({ marker, stop, onReady }: GuardedRun): Promise<GuardedEnd> {
    const processes = processesOf(marker)
    this.#current = { marker, processes }
    // The watchdog ends the program at its deadline by itself. If the lease was renewed after all, the run is over anyway.
    await this.#supervisor.run({
      command: [marker],
      env: {},
      deadlines: this.#deadlines,
      stop,
      graceMs: () => GRACE_MS,
      onStarted: () => onReady(),
      onExited: () => undefined,
    })
    return { isCertain: processes.hasSeen && processes.isGone() }
  }

  /** The debugger restarts the program by itself: kills what is left of the old one after a grace period. */
  async restarting(): Promise<void> {
    const processes = this.#current?.processes
    const old = processes?.look() ?? []
    await machineClock.sleep(GRACE_MS)
    processes?.kill(old)
  }

  /** Kills what is left of the current program until nothing is. */
  async finish(): Promise<void> {
    const processes = this.#current?.processes
    while (processes && !processes.isGone()) {
      processes.signal('SIGKILL')
      await machineClock.sleep(10)
    }
  }

  close(): void {
    this.#supervisor.close()
  }
}

/** Starts the watchdog: in a session of its own, so that it outlives the extension host. */
function startWatchdog(
  file: string,
  onFound: (found: FoundProcesses) => void,
): { readonly link: WatchdogLink; readonly sendExtra: (message: NamedProcess) => void } {
  const child = fork(file, [], {
    detached: process.platform !== 'win32',
    // In a desktop VS Code, the extension host is an Electron program.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    execArgv: process.allowedNodeEnvironmentFlags.has('--disable-sigusr1') ? ['--disable-sigusr1'] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let isLost = false
  let tellLost = (): void => undefined
  for (const event of ['exit', 'error', 'disconnect']) {
    child.on(event, () => {
      if (isLost) return
      isLost = true
      tellLost()
    })
  }
  const send = (message: object): void => {
    // If sending fails, 'disconnect' reports it.
    if (child.connected) child.send(message, () => undefined)
  }
  const link: WatchdogLink = {
    send,
    onReport(listener) {
      child.on('message', (message) => {
        const report = message as Report | FoundProcesses
        if (report.type === 'found') onFound(report)
        else listener(report)
      })
    },
    onLost(listener) {
      tellLost = listener
      if (isLost) listener()
    },
    kill: () => void child.kill('SIGKILL'),
  }
  return { link, sendExtra: send }
}
