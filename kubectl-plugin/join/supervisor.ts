import type { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import { aborted } from '../../shared/time/aborted.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Deadlines, Instruction, Order, PassedSignal, Report } from './watchdog-protocol.ts'

/** The watchdog's process, seen from `join`. */
export interface WatchdogLink {
  send(order: Order): void
  onReport(listener: (report: Report) => void): void
  /** Called once, when the watchdog can't be talked to any more. */
  onLost(listener: () => void): void
  /** Ends the watchdog, at once. */
  kill(): void
}

/** How a command came to its end. */
export interface CommandEnd {
  /** The shell's way of saying it: the command's own, 128 + n for a signal, 126 or 127 where it can't be run. */
  readonly exitCode: number
  /** Where a signal ended it. */
  readonly signal: NodeJS.Signals | null
  /** Why it can't be run; absent where it was. */
  readonly problem?: string
  /** Whether it ended because it was told to. */
  readonly wasTold: boolean
}

/** A watchdog that ended or does not answer: the command it guarded has been killed. */
export class WatchdogLost extends Error {
  override readonly name = 'WatchdogLost'
}

export interface SupervisorOptions {
  readonly clock: Clock
  readonly link: WatchdogLink
  readonly groupOf: (leaderPid: number) => ProcessGroup
  readonly signalNumber: (signal: NodeJS.Signals) => number
}

/** What to run, once. */
export interface Run {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly deadlines: Deadlines
  /** Aborted when the command must end. */
  readonly stop: AbortSignal
  /** How long it has to end once `stop` is aborted; milliseconds. */
  readonly graceMs: () => number
  readonly onStarted: (pid: number) => void
  /** The command itself has ended; what it started may still run. */
  readonly onExited: (end: CommandEnd) => void
}

/** How long the watchdog may take to say that it has heard an order to stop; milliseconds. */
export const HEARING_MS = 500
/** The same for any other order: a busy machine is no reason to give up a command that runs well. */
export const CALM_HEARING_MS = 5_000
/** The same until it has said its first word: its process may still be starting. */
export const BOOT_MS = 10_000
/**
 * How often to look whether it has answered; milliseconds. Looks are counted, not time, since this process may be stopped
 * or blocked meanwhile, and after the last one a turn of the event loop must pass without that: in it, this process reads
 * whatever was said to it.
 */
const HEARING_LOOK_MS = 50
/** How often to look whether a group that this process killed is gone; milliseconds. */
const LOOK_MS = 10

/** The run under way. */
interface Current extends Run {
  readonly settled: PromiseWithResolvers<'gone' | 'lost'>
  /** Aborted when it is over: answers to its orders are no longer waited for. */
  readonly over: AbortController
  /** The number of the order that began it. */
  readonly startNumber: number
  pid: number | null
  /** Whether the process was let become the command. */
  isReleased: boolean
  isStarted: boolean
  end: CommandEnd | null
}

/**
 * Has the watchdog run commands, one after the other, and answers for each that its process group is gone: where the
 * watchdog can't any more, by killing it from here. No command runs that this process does not know: the watchdog says
 * which process is to become it, and that one waits until it is told to go.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  #renewal: Stopwatch | null = null
  readonly #firstRenewal = new AbortController()
  /** The number of the last order, and of the last one that was heard. */
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

  /** The lease was renewed. The stopwatch runs on the machine's clocks since that request was sent. */
  renewed(renewal: Stopwatch): void {
    this.#renewal = renewal
    this.#firstRenewal.abort()
    if (this.#current && !this.lost.aborted) this.#send({ type: 'renewed', renewed: renewal.startMoment }, CALM_HEARING_MS)
  }

  /** Sends the command a signal that is meant for it. False where none runs, and nothing is sent. */
  pass(signal: PassedSignal): boolean {
    if (!this.#current?.isReleased || this.#current.end || this.lost.aborted) return false
    this.#send({ type: 'signal', signal }, CALM_HEARING_MS)
    return true
  }

  /**
   * Runs a command. Resolves when nothing of its process group runs any more.
   * @throws WatchdogLost, when nothing of it runs any more either
   */
  async run(run: Run): Promise<CommandEnd> {
    const { stop } = run
    // A command that nobody knows the deadline of must not run.
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

  /** Ends the watchdog, which has nothing to guard any more. */
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
    // It has heard what all this came of.
    this.#heard = Math.max(this.#heard, current.startNumber)
    switch (report.type) {
      case 'waiting':
        current.pid = report.pid
        // It must not begin what has to end.
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

  /** Takes the watchdog for lost where it does not say that it has heard an order, while the run of that order goes on. */
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
   * Holds the deadline beside the watchdog: one that is stopped after it has heard the last order, while the command winds
   * down, would let it outlive its lease, and no order is left to find that out by.
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
    // Again and again: a machine that sleeps shows on one clock only.
    while (!isOver() && leftMs() > 0) await this.#pause(HEARING_LOOK_MS, over.signal)
    if (isOver() || current.pid === null) return
    const group = groupOf(current.pid)
    if (group.isGone()) return
    await this.#killGroup(group)
    // It will say that the group is gone, if it can.
    if (!isOver()) this.#send({ type: 'stop', graceMs: 0 }, HEARING_MS)
  }

  #lose(): void {
    if (this.#isClosed || this.lost.aborted) return
    this.#lost.abort(new WatchdogLost('The watchdog process was stopped or killed, so no command can run, and one that ran was killed.'))
    // It may only have been stopped: it must not come back to a group that is somebody else's by then.
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
  const why = isMissing ? 'there is no such command' : message
  return { exitCode: isMissing ? 127 : 126, signal: null, problem: `Cannot run ${file!}: ${why}.`, wasTold: false }
}
