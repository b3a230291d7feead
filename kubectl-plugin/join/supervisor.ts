import type { Moment } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Deadlines, Order, Report } from './watchdog-protocol.ts'

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
/** How many renewals it may leave unanswered. */
const UNHEARD_RENEWALS = 3
/** How often to look whether a group that this process killed is gone; milliseconds. */
const LOOK_MS = 10

/**
 * Has the watchdog run commands, one after the other, and answers for each that its process group is gone: where the
 * watchdog can't any more, by killing it from here.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  #renewed: Moment | null = null
  #unheard = 0
  readonly #lost = new AbortController()
  #isClosed = false
  #onReport: ((report: Report) => void) | null = null
  #onLost: (() => void) | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    options.link.onReport((report) => {
      if (report.type === 'heard') this.#unheard = 0
      else this.#onReport?.(report)
    })
    options.link.onLost(() => this.#lose())
  }

  /** Aborted, with a {@link WatchdogLost}, when the watchdog has ended or does not answer. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** The lease was renewed, by a request sent at this moment of the machine's clocks. */
  renewed(moment: Moment): void {
    this.#renewed = moment
    if (!this.#onReport || this.lost.aborted) return
    if (this.#unheard >= UNHEARD_RENEWALS) return this.#lose()
    this.#send({ type: 'renewed', renewed: moment })
  }

  /**
   * Runs a command. Resolves when nothing of its process group runs any more.
   * @throws WatchdogLost, when nothing of it runs any more either
   */
  async run(run: Run): Promise<CommandEnd> {
    this.lost.throwIfAborted()
    const { command, env, deadlines, stop } = run
    const settled = Promise.withResolvers<'gone' | 'lost'>()
    const seen: { pid?: number; end?: CommandEnd } = {}
    this.#onLost = () => settled.resolve('lost')
    this.#onReport = (report) => {
      if (report.type === 'started') run.onStarted((seen.pid = report.pid))
      if (report.type === 'exited' || report.type === 'not-run') run.onExited((seen.end = this.#endOf(report, command)))
      if (report.type === 'gone' || report.type === 'not-run') settled.resolve('gone')
    }
    const onStop = (): void => this.#stop(run.graceMs())
    try {
      this.#send({ type: 'start', command, env, deadlines, renewed: this.#renewed! })
      if (stop.aborted) onStop()
      else stop.addEventListener('abort', onStop, { once: true })
      const outcome = await settled.promise
      if (outcome === 'gone') return seen.end!
      if (seen.pid !== undefined) await this.#killGroup(this.#options.groupOf(seen.pid))
      throw this.lost.reason
    } finally {
      stop.removeEventListener('abort', onStop)
      this.#onReport = null
      this.#onLost = null
    }
  }

  /** Ends the watchdog, which has nothing to guard any more. */
  close(): void {
    this.#isClosed = true
    this.#options.link.kill()
  }

  #send(order: Order): void {
    this.#unheard += 1
    this.#options.link.send(order)
  }

  #stop(graceMs: number): void {
    this.#send({ type: 'stop', graceMs })
    void this.#options.clock.sleep(HEARING_MS).then(() => {
      if (this.#unheard > 0 && this.#onReport) this.#lose()
    })
  }

  #lose(): void {
    if (this.#isClosed || this.lost.aborted) return
    this.#lost.abort(new WatchdogLost('The watchdog process was stopped or killed, so no command can run, and one that ran was killed.'))
    // It may only have been stopped: it must not come back to a group that is somebody else's by then.
    this.#options.link.kill()
    this.#onLost?.()
  }

  async #killGroup(group: ProcessGroup): Promise<void> {
    while (!group.isGone()) {
      group.signal('SIGKILL')
      await this.#options.clock.sleep(LOOK_MS)
    }
  }

  #endOf(report: Report & { readonly type: 'exited' | 'not-run' }, [file]: readonly string[]): CommandEnd {
    if (report.type === 'not-run') {
      const isMissing = report.code === 'ENOENT'
      const why = isMissing ? 'there is no such command' : report.message
      return { exitCode: isMissing ? 127 : 126, signal: null, problem: `Cannot run ${file!}: ${why}.`, wasTold: false }
    }
    const { exitCode, signal, wasTold } = report
    const code = exitCode ?? 128 + (signal ? this.#options.signalNumber(signal) : 0)
    return { exitCode: code, signal, wasTold }
  }
}
