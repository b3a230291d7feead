import { Candidacy, type CandidacyEvent } from '../../shared/actions/candidacy.ts'
import { durationText } from '../../shared/duration.ts'
import { healthPage } from '../../shared/election/health.ts'
import type { Leadership } from '../../shared/election/leadership.ts'
import type { HealthSettings } from '../../shared/election/health-config.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { PrometheusMetrics } from '../../shared/election/prometheus-metrics.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import { runDuringTerm } from '../../shared/guard/run-during-term.ts'
import type { CommandEnd, Supervisor } from '../../shared/guard/supervisor.ts'
import type { OwnLabel } from '../../shared/label/own-label.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { advised } from '../../shared/remedy.ts'
import { EventStream } from '../../shared/event-stream.ts'
import { interruptedCode } from '../interruption.ts'
import { serveHttp, type HttpServer, type ListenAddress } from '../http-server.ts'
import { retryText } from '../output/advice.ts'
import type { Session } from '../session.ts'
import type { JoinEvent } from './join-events.ts'
import type { JoinOutcome } from './join-exit-code.ts'
import { lockFailure, type JoinTarget } from './join-target.ts'

export interface JoinCandidateOptions {
  readonly session: Session
  readonly target: JoinTarget
  readonly identity: string
  readonly timings: Timings
  readonly maxHoldMs: number
  readonly isOnce: boolean
  readonly isReleasing: boolean
  /** The command to run while leading, or null. */
  readonly work: { readonly command: readonly string[]; readonly supervisor: Supervisor } | null
  readonly readyPort: number | undefined
  readonly label: OwnLabel | null
  readonly health: HealthSettings | null
  readonly tell: (event: JoinEvent) => void
}

/**
 * How long to wait, after a lease has expired, for the watchdog's report that the command is gone. If this process was
 * paused, it notices the expiry before it reads that report.
 */
const OVERRUN_PATIENCE_MS = 1_000

/** Why a term ends whose lease is not lost. */
const HELD_TO_THE_END: readonly StopReason[] = ['stopped', 'max-hold', 'unhealthy', 'work-ended', 'failed']

/** The candidate of `join`, and what runs while it leads. */
export class JoinCandidate {
  readonly candidacy: Candidacy
  readonly #metrics: PrometheusMetrics
  readonly #options: JoinCandidateOptions
  readonly #events = new EventStream(() => this.#leader())
  #end: CommandEnd | null = null
  /** Aborted when no process of the current command runs any more. */
  #commandGone = new AbortController()
  #lastError: string | null = null

  /** @throws InvalidElectorOption */
  constructor(options: JoinCandidateOptions) {
    this.#options = options
    const { target, identity, timings, maxHoldMs, isOnce, isReleasing, work, label, health } = options
    this.#metrics = new PrometheusMetrics()
    this.candidacy = new Candidacy({
      ...timings,
      lock: target.lock,
      identity,
      name: target.name,
      releaseOnCancel: isReleasing,
      rejoin: !isOnce,
      maxHoldMs,
      // join-target.ts has checked the category already.
      allowNonElection: true,
      // The watchdog reads the same clocks.
      clock: machineClock,
      metrics: this.#metrics,
      recorder: target.recorder,
      label,
      ...(health && { health }),
      onRenewed: (renewal) => work?.supervisor.renewed(renewal),
      onStartedLeading: (leadership) => this.#lead(leadership),
      onEvent: (event) => this.#told(event),
    })
  }

  /** Whether a term is in progress, or its command has not ended yet. */
  get isHolding(): boolean {
    return this.candidacy.leadership !== null
  }

  /**
   * Runs until it is interrupted, the command ends, or, with `--once`, the first term ends.
   * @throws the error that kept it from being a candidate, or from leading as requested
   */
  async run(): Promise<JoinOutcome> {
    const { session, tell, work } = this.#options
    const lost = work?.supervisor.lost
    const stop = (): void => this.candidacy.leave()
    const fail = (): void => this.candidacy.fail(lost!.reason)
    session.signal.addEventListener('abort', stop, { once: true })
    lost?.addEventListener('abort', fail, { once: true })
    if (session.signal.aborted) stop()
    if (lost?.aborted) fail()
    tell({ type: 'candidate' })
    try {
      const reason = await this.candidacy.run()
      return { reason, interruptedCode: session.signal.aborted ? interruptedCode(session.signal) : null, end: this.#end }
    } catch (error) {
      throw lockFailure(error)
    } finally {
      session.signal.removeEventListener('abort', stop)
      lost?.removeEventListener('abort', fail)
    }
  }

  /**
   * Serves the state of this candidate over HTTP.
   * @throws CommandError if it cannot listen on the address
   */
  serve(address: ListenAddress): Promise<HttpServer> {
    return serveHttp(address, (path) => healthPage(path, this.candidacy.elector, this.#metrics), this.#events)
  }

  /** Reports an error. One that occurs again and again is reported once. */
  tellError(reason: string): void {
    if (reason === this.#lastError) return
    this.#lastError = reason
    this.#options.tell({ type: 'error', reason })
  }

  /** What `/leader` says. A term that must end counts as over, although its work may not have ended yet. */
  #leader(): object {
    const { elector, leadership } = this.candidacy
    const isLeader = elector.isLeader() && leadership?.signal.aborted !== true
    return { isLeader, identity: elector.identity, leader: elector.getLeader(), fencingToken: isLeader ? elector.fencingToken() : null }
  }

  #told(event: CandidacyEvent): void {
    this.#events.changed()
    const { tell } = this.#options
    switch (event.type) {
      case 'new-leader':
        return tell({ type: 'new-leader', leader: event.identity, ...(event.isStranger && { isStranger: true }) })
      case 'identity-in-use':
        return this.tellError(`Another process leads with the identity "${this.candidacy.identity}". Use a different --id for each candidate.`)
      case 'started-leading':
        this.#end = null
        return tell({ type: 'started-leading', fencingToken: event.leadership.fencingToken })
      case 'stopped-leading':
        return tell({ type: 'stopped-leading', reason: event.reason })
      case 'term-ended':
        return event.released ? tell({ type: 'released' }) : this.#notReleased(event.reason)
      case 'health':
        return tell({ type: event.isHealthy ? 'healthy' : 'unhealthy', reason: event.reason })
      case 'overran':
        return void this.#overran()
      case 'problem':
        return event.isRepeated ? undefined : this.tellError(retryText(advised(event.error)))
      case 'recovered':
        this.#lastError = null
    }
  }

  /** The term is over without a release: says so where this candidate was to release the lease, and still holds it as far as it knows. */
  #notReleased(reason: StopReason): void {
    const { isReleasing, timings } = this.#options
    const { elector } = this.candidacy
    if (!isReleasing || !HELD_TO_THE_END.includes(reason) || elector.getLeader() !== elector.identity) return
    const within = durationText(timings.leaseDurationMs)
    this.tellError(`The release of the lease was not confirmed. If the lease was not released, it expires on its own within ${within}.`)
  }

  async #lead(leadership: Leadership): Promise<void> {
    const { readyPort, work } = this.#options
    leadership.signal.addEventListener('abort', () => this.#events.changed(), { once: true })
    const ready = readyPort === undefined ? null : await this.serve({ port: readyPort })
    const unready = (): void => void ready?.close()
    leadership.signal.addEventListener('abort', unready, { once: true })
    try {
      if (leadership.signal.aborted) return
      if (work) await this.#runCommand(work, leadership)
      else await aborted(leadership.signal)
    } finally {
      leadership.signal.removeEventListener('abort', unready)
      await ready?.close()
    }
  }

  async #runCommand({ command, supervisor }: NonNullable<JoinCandidateOptions['work']>, leadership: Leadership): Promise<void> {
    const { target, timings, tell } = this.#options
    const gone = new AbortController()
    this.#commandGone = gone
    try {
      this.#end = await runDuringTerm(supervisor, leadership, timings, {
        command,
        env: {
          LEADER_NAME: target.name,
          LEADER_NAMESPACE: target.namespace,
          LEADER_IDENTITY: leadership.identity,
          LEADER_FENCING_TOKEN: leadership.fencingToken,
        },
        onStarted: (pid) => tell({ type: 'command-started', pid }),
        onExited: ({ exitCode, signal, problem }) => {
          if (problem === undefined) tell({ type: 'command-exited', exitCode, signal })
          else this.tellError(problem)
        },
      })
    } finally {
      gone.abort()
    }
    // The command has finished its work. Do not run it again, even if leadership was lost before its leftovers were gone.
    if (!this.#end.wasTold && leadership.signal.aborted) this.candidacy.leave()
  }

  async #overran(): Promise<void> {
    const { session, work } = this.#options
    if (!work) return
    try {
      await session.clock.sleep(OVERRUN_PATIENCE_MS, this.#commandGone.signal)
      this.tellError('the command is still running after the lease expired, and cannot be killed')
    } catch {
      // The command is gone.
    }
  }
}
