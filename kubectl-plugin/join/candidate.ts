import { Announcement } from '../../shared/cluster/elections/announcement.ts'
import { becameLeader, LEADER_ELECTION, stoppedLeading } from '../../shared/cluster/elections/leadership-events.ts'
import { LeaderElector, LeadershipEnded, type Leadership, type StopReason } from '../../shared/election/index.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { isLostRace, LockError, observedLock, type LockRequest } from '../../shared/locks/index.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { interruptedCode } from '../interruption.ts'
import { errorText } from '../output/advice.ts'
import type { Session } from '../session.ts'
import { CandidateMetrics, type CandidateView } from './candidate-view.ts'
import type { Candidacy } from './join-exit-code.ts'
import type { JoinEvent } from './join-events.ts'
import { startHttpSidecar } from './http-sidecar.ts'
import { isHopeless, lockFailure, type JoinTarget } from './join-target.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import type { CommandEnd, Supervisor } from '../../shared/guard/supervisor.ts'
import { commandDeadlines } from '../../shared/guard/deadlines.ts'

export interface CandidateOptions {
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
  readonly tell: (event: JoinEvent) => void
}

/** Grace period for the command while this candidate keeps the lease: on request, or after the maximum hold time. */
const ORDERLY_GRACE_MS = 20_000
/** Grace period for the command if another candidate may already be the leader. */
const LOST_GRACE_MS = 1_000
/**
 * How long to wait, after a lease has expired, for the watchdog's report that the command is gone. If this process was
 * paused, it notices the expiry before it reads that report.
 */
const OVERRUN_PATIENCE_MS = 1_000
/** How long to wait on exit for an Event that is not stored yet. */
const EVENT_PATIENCE_MS = 1_000

/** The candidate of `join`: the elector, and what runs while it leads. */
export class Candidate {
  readonly view: CandidateView
  readonly #options: CandidateOptions
  readonly #elector: LeaderElector
  readonly #announcement: Announcement | null
  readonly #stop = new AbortController()
  readonly #joined = Promise.withResolvers<undefined>()
  #leadership: Leadership | null = null
  #end: CommandEnd | null = null
  /** Aborted when no process of the current command runs any more. */
  #commandGone = new AbortController()
  #hasLed = false
  #hasRead = false
  #failure: { readonly error: unknown } | null = null
  /** Errors that were reported, with their requests. They are not reported again until a request has succeeded. */
  readonly #toldErrors = new Map<string, LockRequest | null>()

  /** @throws InvalidElectorOption */
  constructor(options: CandidateOptions) {
    this.#options = options
    // If no caller waits for this promise, its rejection must not end the process.
    this.#joined.promise.catch(() => undefined)
    const { target, identity, timings, maxHoldMs, isOnce, isReleasing, work, tell } = options
    this.#announcement = target.recorder && new Announcement(target.recorder, options.session.clock, identity)
    const metrics = new CandidateMetrics()
    const lock = observedLock(target.lock, {
      onAnswer: (request) => this.#answered(request),
      onFailure: (request, error) => this.#failed(request, error),
    })
    this.#elector = new LeaderElector({
      ...timings,
      lock,
      identity,
      name: target.name,
      releaseOnCancel: isReleasing,
      rejoin: !isOnce,
      maxHoldMs,
      // join-target.ts has checked the category already.
      allowNonElection: true,
      // The watchdog reads the same clocks.
      clock: machineClock,
      metrics,
      onRenewed: (renewal) => work?.supervisor.renewed(renewal),
      onStartedLeading: (leadership) => this.#lead(leadership),
      onStoppedLeading: (reason) => tell({ type: 'stopped-leading', reason }),
      onTermEnded: ({ released }) => this.#termEnded(released),
      onNewLeader: (leader) => {
        tell({ type: 'new-leader', leader })
        this.#announcement?.leaderIs(leader)
      },
      onOverran: () => void this.#overran(),
    })
    this.view = {
      identity,
      leader: () => this.#elector.getLeader(),
      isLeader: () => this.#elector.isLeader(),
      fencingToken: () => (this.#elector.isLeader() ? (this.#leadership?.fencingToken ?? null) : null),
      isReady: () => this.#hasRead,
      problem: () => this.#elector.check(0),
      metrics: () => metrics.text(),
    }
  }

  /** Resolves when the candidate has read the election's record; rejects if it leaves before that. */
  get joined(): Promise<unknown> {
    return this.#joined.promise
  }

  /** Aborted when the candidate is told to leave, fails, or has left the election. */
  get leaving(): AbortSignal {
    return this.#stop.signal
  }

  get hasLed(): boolean {
    return this.#hasLed
  }

  /** Whether a term is in progress, or its command has not ended yet. */
  get isHolding(): boolean {
    return this.#leadership !== null
  }

  /**
   * Runs until it is interrupted, the command ends, or, with `--once`, the first term ends.
   * @throws the error that kept it from being a candidate, or from leading as requested
   */
  async run(): Promise<Candidacy> {
    const { session, target, tell } = this.#options
    const lost = this.#options.work?.supervisor.lost
    const stop = (): void => this.#stop.abort()
    const fail = (): void => this.fail(lost!.reason)
    session.signal.addEventListener('abort', stop, { once: true })
    lost?.addEventListener('abort', fail, { once: true })
    if (session.signal.aborted) stop()
    if (lost?.aborted) fail()
    tell({ type: 'candidate' })
    try {
      const reason = await this.#elector.run(this.#stop.signal)
      if (this.#failure) throw this.#failure.error
      return { reason, interruptedCode: session.signal.aborted ? interruptedCode(session.signal) : null, end: this.#end }
    } finally {
      session.signal.removeEventListener('abort', stop)
      lost?.removeEventListener('abort', fail)
      stop()
      this.#joined.reject(new Error('The candidate has left.'))
      this.#announcement?.leave()
      await target.recorder?.settledWithin(EVENT_PATIENCE_MS)
    }
  }

  async #lead(leadership: Leadership): Promise<void> {
    const { target, identity, readyPort, work, tell } = this.#options
    this.#leadership = leadership
    this.#hasLed = true
    this.#end = null
    tell({ type: 'started-leading', fencingToken: leadership.fencingToken })
    target.recorder?.record(LEADER_ELECTION, becameLeader(identity))
    const ready = readyPort === undefined ? null : await startHttpSidecar({ port: readyPort }, this.view)
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

  async #runCommand({ command, supervisor }: NonNullable<CandidateOptions['work']>, leadership: Leadership): Promise<void> {
    const { target, timings, tell } = this.#options
    const gone = new AbortController()
    this.#commandGone = gone
    const run = {
      command,
      env: {
        LEADER_NAME: target.name,
        LEADER_NAMESPACE: target.namespace,
        LEADER_IDENTITY: leadership.identity,
        LEADER_FENCING_TOKEN: leadership.fencingToken,
      },
      deadlines: commandDeadlines(timings),
      stop: leadership.signal,
      graceMs: () => graceMs(leadership.signal, timings),
      onStarted: (pid: number) => tell({ type: 'command-started', pid }),
      onExited: ({ exitCode, signal, problem }: CommandEnd) => {
        if (problem === undefined) tell({ type: 'command-exited', exitCode, signal })
        else this.tellError(problem)
      },
    }
    try {
      // The watchdog ends the command at its deadline. If the lease was renewed after all, the term goes on, and so must
      // the command.
      do this.#end = await supervisor.run(run)
      while (this.#end.wasTold && !leadership.signal.aborted)
    } finally {
      gone.abort()
    }
    // The command has finished its work. Do not run it again, even if leadership was lost before its leftovers were gone.
    if (!this.#end.wasTold && leadership.signal.aborted) this.#stop.abort()
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

  #termEnded(released: boolean): void {
    const { target, identity, tell } = this.#options
    this.#leadership = null
    if (released) tell({ type: 'released' })
    target.recorder?.record(LEADER_ELECTION, stoppedLeading(identity))
  }

  #answered(request: LockRequest): void {
    if (request === 'watch') return
    this.#hasRead = true
    for (const [reason, failed] of this.#toldErrors) {
      // A successful read does not show that writes are allowed.
      if (!isWrite(failed) || request !== 'read') this.#toldErrors.delete(reason)
    }
    this.#joined.resolve(undefined)
  }

  #failed(request: LockRequest, error: unknown): void {
    if (this.#stop.signal.aborted) return
    // Losing a race is normal, and without permission to watch, the elector polls. Neither is worth reporting.
    if (isLostRace(error)) return
    if (request === 'watch' && error instanceof LockError && error.kind === 'forbidden') return
    if (request !== 'watch' && !this.#hasLed && isHopeless(error)) return this.fail(lockFailure(error))
    this.tellError(errorText(error), request)
  }

  /** Leaves the election cleanly; `run` then rejects with the error. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop.abort()
  }

  /** Reports an error once, until a request has succeeded. */
  tellError(reason: string, request: LockRequest | null = null): void {
    if (this.#toldErrors.has(reason)) return
    this.#toldErrors.set(reason, request)
    this.#options.tell({ type: 'error', reason })
  }
}

function graceMs(stop: AbortSignal, timings: Timings): number {
  const reason: StopReason | null = stop.reason instanceof LeadershipEnded ? stop.reason.reason : null
  switch (reason) {
    case 'stopped':
    case 'max-hold':
      return ORDERLY_GRACE_MS
    // No other candidate can lead before the lease expires, and the watchdog's deadline is earlier.
    case 'deadline':
    case 'blocked':
      return timings.leaseDurationMs
    default:
      return LOST_GRACE_MS
  }
}

function isWrite(request: LockRequest | null): boolean {
  return request !== null && request !== 'read' && request !== 'watch'
}
