import { Stopwatch } from '../election/machine/stopwatch.ts'
import type { Moment } from '../lease/status.ts'
import { aborted } from '../time/aborted.ts'
import type { Clock } from '../time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Deadlines, Instruction, Order, PassedSignal, Report } from './watchdog-protocol.ts'

/** The watchdog process, as `join` sees it. */
export interface WatchdogLink {
  send(order: Order): void
  onReport(listener: (report: Report) => void): void
  /** Calls the listener once, when the watchdog can no longer be reached. */
  onLost(listener: () => void): void
  /** Kills the watchdog. */
  kill(): void
}

/** How a command ended. */
export interface CommandEnd {
  /** As in a shell: the command's own code, 128 + n for signal n, 126 or 127 if it cannot be run. */
  readonly exitCode: number
  /** The signal that ended the command, or null. */
  readonly signal: NodeJS.Signals | null
  /** Why the command cannot be run; absent if it was. */
  readonly problem?: string
  /** Whether the command ended because it was told to. */
  readonly wasTold: boolean
}

/** The watchdog has ended or does not answer. The command that it guarded has been killed. */
export class WatchdogLost extends Error {
  override readonly name = 'WatchdogLost'
}

export interface SupervisorOptions {
  readonly clock: Clock
  readonly link: WatchdogLink
  readonly groupOf: (leaderPid: number) => ProcessGroup
  readonly signalNumber: (signal: NodeJS.Signals) => number
}

/** One run of a command. */
export interface Run {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly deadlines: Deadlines
  /** Aborted when the command must end. */
  readonly stop: AbortSignal
  /** The grace period once `stop` is aborted; milliseconds. */
  readonly graceMs: () => number
  readonly onStarted: (pid: number) => void
  /** Called when the command itself has ended. Processes that it started may still run. */
  readonly onExited: (end: CommandEnd) => void
}

/** How long the watchdog may take to acknowledge an order to stop; milliseconds. */
export const HEARING_MS = 500
/** The same for any other order. It is longer, because a command that runs well must not be killed on a busy machine. */
export const CALM_HEARING_MS = 5_000
/** The same until the watchdog's first report, because its process may still be starting. */
export const BOOT_MS = 10_000
/**
 * How often to check for an answer; milliseconds. Checks are counted, not time, because this process may be paused or
 * blocked in between. After the last check, one turn of the event loop must pass without a pause: in that turn, this
 * process reads all reports that have arrived.
 */
const HEARING_LOOK_MS = 50
/** How often to check whether a process group that this process killed is gone; milliseconds. */
const LOOK_MS = 10

/** The current run. */
interface Current extends Run {
  readonly settled: PromiseWithResolvers<'gone' | 'lost'>
  /** Aborted when the run is over, and answers to its orders no longer matter. */
  readonly over: AbortController
  /** The number of the order that started the run. */
  readonly startNumber: number
  pid: number | null
  /** Whether the waiting process was told to become the command. */
  isReleased: boolean
  isStarted: boolean
  end: CommandEnd | null
}

/**
 * Runs commands through the watchdog, one after the other, and guarantees for each that its process group is gone. If the
 * watchdog is lost, the supervisor kills the group itself. It can do so because it knows the process before the command
 * starts: the watchdog reports which process will become the command, and that process waits for the order to go.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  #renewal: Stopwatch | null = null
  readonly #firstRenewal = new AbortController()
  /** The number of the last order, and of the last one that was acknowledged. */
  #sent = 0
  #heard = 0
  #hasSpoken = false
  readonly #lost = new AbortController()
  #isClosed = false
  #current: Current | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    options.link.onReport((report) => this.#take(report))
    options.link.onLost(() => this.#lose())
  }

  /** Aborted, with a {@link WatchdogLost}, when the watchdog has ended or does not answer. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * Reports a renewal of the lease.
   * @param sent when its request was sent, on the machine's clocks; a stopwatch also knows what they did since
   */
  renewed(sent: Stopwatch | Moment): void {
    const renewal = sent instanceof Stopwatch ? sent : new Stopwatch(sent)
    this.#renewal = renewal
    this.#firstRenewal.abort()
    if (this.#current && !this.lost.aborted) this.#send({ type: 'renewed', renewed: renewal.startMoment }, CALM_HEARING_MS)
  }

  /** Passes a signal to the command. False if no command is running, and nothing was sent. */
  pass(signal: PassedSignal): boolean {
    if (!this.#current?.isReleased || this.#current.end || this.lost.aborted) return false
    this.#send({ type: 'signal', signal }, CALM_HEARING_MS)
    return true
  }

  /**
   * Runs a command. Resolves when its process group is gone.
   * @throws WatchdogLost if the watchdog was lost; the process group is gone as well
   */
  async run(run: Run): Promise<CommandEnd> {
    const { stop } = run
    // Without a renewal, the command would have no deadline, so wait for the first one.
    if (!this.#renewal) await Promise.race([this.#firstRenewal.signal, stop, this.lost].map(aborted))
    this.lost.throwIfAborted()
    if (stop.aborted) return this.#ended('SIGTERM', true)
    const { command, env, deadlines } = run
    const settled = Promise.withResolvers<'gone' | 'lost'>()
    const over = new AbortController()
    const startNumber = this.#sent + 1
    const current: Current = { ...run, settled, over, startNumber, pid: null, isReleased: false, isStarted: false, end: null }
    this.#current = current
    const onStop = (): void => {
      this.#send({ type: 'stop', graceMs: run.graceMs() }, HEARING_MS)
      void this.#holdDeadline(current)
    }
    try {
      this.#send({ type: 'start', command, env, deadlines, renewed: this.#renewal!.startMoment }, CALM_HEARING_MS)
      stop.addEventListener('abort', onStop, { once: true })
      if ((await settled.promise) === 'gone') return current.end ?? this.#ended('SIGKILL', true)
      if (current.pid !== null) await this.#killGroup(this.#options.groupOf(current.pid))
      throw this.lost.reason
    } finally {
      stop.removeEventListener('abort', onStop)
      over.abort()
      this.#current = null
    }
  }

  /** Kills the watchdog when it has nothing to guard any more. */
  close(): void {
    this.#isClosed = true
    this.#options.link.kill()
  }

  #take(report: Report): void {
    this.#hasSpoken = true
    if (report.type === 'heard') {
      this.#heard = Math.max(this.#heard, report.number ?? this.#sent)
      return
    }
    const current = this.#current
    if (!current) return
    // Any report of this run shows that the watchdog has received the order that started it.
    this.#heard = Math.max(this.#heard, current.startNumber)
    switch (report.type) {
      case 'waiting':
        current.pid = report.pid
        // Do not start a command that has to stop.
        if (current.stop.aborted || this.lost.aborted) return
        current.isReleased = true
        return this.#send({ type: 'go' }, CALM_HEARING_MS)
      case 'started':
        current.pid = report.pid
        current.isStarted = true
        return current.onStarted(report.pid)
      case 'exited':
        current.end = this.#ended(report.signal, report.wasTold, report.exitCode)
        if (current.isStarted) current.onExited(current.end)
        return
      case 'not-run':
        current.end = problemOf(report, current.command)
        current.onExited(current.end)
        return current.settled.resolve('gone')
      case 'gone':
        current.settled.resolve('gone')
    }
  }

  #send(instruction: Instruction, hearingMs: number): void {
    const number = ++this.#sent
    this.#options.link.send({ ...instruction, number })
    void this.#expectToBeHeard(number, hearingMs, this.#current!.over.signal)
  }

  /** Declares the watchdog lost if it does not acknowledge an order during the run that the order belongs to. */
  async #expectToBeHeard(number: number, hearingMs: number, over: AbortSignal): Promise<void> {
    const isSettled = (): boolean => this.#heard >= number || over.aborted || this.lost.aborted
    for (let waitedMs = 0; !isSettled(); waitedMs += HEARING_LOOK_MS) {
      if (waitedMs >= (this.#hasSpoken ? hearingMs : BOOT_MS)) break
      await this.#pause(HEARING_LOOK_MS, over)
    }
    while (!isSettled()) {
      const beforeMs = this.#options.clock.monotonicMs()
      await this.#pause(0, over)
      const hasStalled = this.#options.clock.monotonicMs() - beforeMs >= HEARING_LOOK_MS
      if (!hasStalled && !isSettled()) this.#lose()
    }
  }

  #pause(durationMs: number, over: AbortSignal): Promise<void> {
    return this.#options.clock.sleep(durationMs, over).catch(() => undefined)
  }

  /**
   * Enforces the deadline in addition to the watchdog. If the watchdog is paused after it has acknowledged the last order,
   * the command could outlive the lease, and no further order would reveal that.
   */
  async #holdDeadline(current: Current): Promise<void> {
    const { clock, groupOf } = this.#options
    const { deadlines, over } = current
    const leftMs = (): number => {
      const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
      this.#renewal!.sample(now)
      return deadlines.killAfterMs - this.#renewal!.elapsedMs(now)
    }
    const isOver = (): boolean => over.signal.aborted
    // Check repeatedly, because the sleep of the machine shows on only one of the two clocks.
    while (!isOver() && leftMs() > 0) await this.#pause(HEARING_LOOK_MS, over.signal)
    if (isOver() || current.pid === null) return
    const group = groupOf(current.pid)
    if (group.isGone()) return
    await this.#killGroup(group)
    // The watchdog reports that the group is gone, if it can.
    if (!isOver()) this.#send({ type: 'stop', graceMs: 0 }, HEARING_MS)
  }

  #lose(): void {
    if (this.#isClosed || this.lost.aborted) return
    this.#lost.abort(new WatchdogLost('The watchdog process was stopped or killed. The running command was killed, and no new command can start.'))
    // The watchdog may only be paused. Kill it, so that it cannot resume and signal a process group whose ID has been reused.
    this.#options.link.kill()
    this.#current?.settled.resolve('lost')
  }

  async #killGroup(group: ProcessGroup): Promise<void> {
    while (!group.isGone()) {
      group.signal('SIGKILL')
      await this.#options.clock.sleep(LOOK_MS)
    }
  }

  #ended(signal: NodeJS.Signals | null, wasTold: boolean, exitCode: number | null = null): CommandEnd {
    return { exitCode: exitCode ?? 128 + (signal ? this.#options.signalNumber(signal) : 0), signal, wasTold }
  }
}

function problemOf({ code, message }: Report & { readonly type: 'not-run' }, [file]: readonly string[]): CommandEnd {
  const isMissing = code === 'ENOENT'
  const why = isMissing ? 'command not found' : message
  return { exitCode: isMissing ? 127 : 126, signal: null, problem: `Cannot run ${file!}: ${why}.`, wasTold: false }
}
