import { Announcement } from '../cluster/elections/announcement.ts'
import type { EventRecorder } from '../cluster/elections/event-recorder.ts'
import { becameLeader, LEADER_ELECTION, stoppedLeading } from '../cluster/elections/leadership-events.ts'
import { ClusterError } from '../cluster/errors.ts'
import type { ElectorSettings } from '../election/config.ts'
import type { ElectorOptions, TermEnd } from '../election/elector-options.ts'
import { LeaderElector } from '../election/elector.ts'
import type { HealthChange } from '../election/health-monitor.ts'
import type { Leadership } from '../election/leadership.ts'
import type { StopReason } from '../election/machine/protocol.ts'
import { DEFAULT_TIMINGS } from '../election/timings.ts'
import type { OwnLabel } from '../label/own-label.ts'
import { isLostRace, LockError } from '../locks/errors.ts'
import { observedLock, type LockRequest } from '../locks/observed-lock.ts'
import { aborted } from '../time/aborted.ts'
import { systemClock } from '../time/clock.ts'
import type { TakingCandidate } from './take.ts'

/** What happens in a candidacy. */
export type CandidacyEvent =
  /** The holder has changed. */
  | { readonly type: 'new-leader'; readonly identity: string; readonly isStranger: boolean }
  /** Another process, with this candidate's identity, has renewed the lease. */
  | { readonly type: 'identity-in-use' }
  | { readonly type: 'started-leading'; readonly leadership: Leadership }
  /** The guarded work has ended. The lease is still held, unless it was lost. */
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  /** The term is over, and the lease was released, if it still could be. */
  | ({ readonly type: 'term-ended' } & TermEnd)
  /** The health check passed or failed; see `ElectorSettings.health`. */
  | ({ readonly type: 'health' } & HealthChange)
  /** The guarded work is still running although its lease has expired. */
  | { readonly type: 'overran' }
  /**
   * A request failed, and the candidate goes on. It is repeated if the same was told before, and no request that could
   * show that it is over has succeeded since.
   */
  | { readonly type: 'problem'; readonly error: LockError; readonly request: LockRequest; readonly isRepeated: boolean }
  /** A request other than the watch has succeeded after one that failed. */
  | { readonly type: 'recovered' }

/** The elector's settings, and what runs while it leads. */
export interface CandidacySettings extends ElectorSettings, Pick<ElectorOptions, 'metrics' | 'clock' | 'random' | 'onStartedLeading' | 'onRenewed'> {
  /** Records Events on the election's object, as client-go's elector does, and that this is a standby. Null: no Events. */
  readonly recorder: EventRecorder | null
  /** Labels this candidate's Pod while it leads. */
  readonly label?: OwnLabel | null
  readonly onEvent?: (event: CandidacyEvent) => void
}

/** How long to wait, on leaving, for an Event that is not stored yet; milliseconds. */
const EVENT_PATIENCE_MS = 1_000

/**
 * Takes a candidate from joining an election to leaving it: an elector, the Events that it records, and what is worth
 * telling of its requests. A candidate that has never led, and whose requests cannot succeed, leaves.
 */
export class Candidacy implements TakingCandidate {
  readonly elector: LeaderElector
  readonly #recorder: EventRecorder | null
  readonly #announcement: Announcement | null
  readonly #label: OwnLabel | null
  /** For how long the label may take to be removed: no more than is left before the lease has expired. */
  readonly #labelPatienceMs: number
  readonly #work: CandidacySettings['onStartedLeading']
  readonly #onEvent: (event: CandidacyEvent) => void
  readonly #stop = new AbortController()
  readonly #joined = Promise.withResolvers<undefined>()
  #leadership: Leadership | null = null
  #hasLed = false
  #isFailing = false
  #failure: { readonly error: unknown } | null = null
  /** Messages of problems that were told, with their requests. */
  readonly #told = new Map<string, LockRequest>()

  /** @throws InvalidElectorOption */
  constructor(options: CandidacySettings) {
    const { lock, onStartedLeading, recorder, label = null, onEvent = () => undefined, ...settings } = options
    const { leaseDurationMs = DEFAULT_TIMINGS.leaseDurationMs, renewDeadlineMs = DEFAULT_TIMINGS.renewDeadlineMs } = settings
    this.#label = label
    this.#labelPatienceMs = (leaseDurationMs - renewDeadlineMs) / 2
    this.#work = onStartedLeading
    this.#recorder = recorder
    this.#onEvent = onEvent
    // If no caller waits for this promise, its rejection must not end the process.
    this.#joined.promise.catch(() => undefined)
    this.elector = new LeaderElector({
      ...settings,
      lock: observedLock(lock, {
        onAnswer: (request) => this.#answered(request),
        onFailure: (request, error, signal) => this.#failed(request, error, signal),
      }),
      onStartedLeading: (leadership) => this.#lead(leadership),
      onStoppedLeading: (reason) => onEvent({ type: 'stopped-leading', reason }),
      onTermEnded: (end) => this.#termEnded(end),
      onNewLeader: (leader, isStranger) => this.#newLeader(leader, isStranger),
      onIdentityInUse: () => onEvent({ type: 'identity-in-use' }),
      onOverran: () => onEvent({ type: 'overran' }),
      onHealth: (change) => onEvent({ type: 'health', ...change }),
    })
    this.#announcement = recorder && new Announcement(recorder, settings.clock ?? systemClock, this.identity)
  }

  get identity(): string {
    return this.elector.identity
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

  /** The current term, until it has ended; null for a standby. */
  get leadership(): Leadership | null {
    return this.#leadership
  }

  /**
   * Runs until it is told to leave, the guarded work ends on its own, or, without `rejoin`, its first term ends. Resolves
   * when it has left, and its Events are stored, or one second later.
   *
   * @returns why the last term ended; null if this candidate never led
   * @throws what it was told to fail with, what the work threw, or what kept it from being a candidate; see
   *   {@link LeaderElector.run}
   */
  async run(): Promise<StopReason | null> {
    try {
      await this.#prepareLabel()
      const reason = await this.elector.run(this.#stop.signal)
      if (this.#failure) throw this.#failure.error
      return reason
    } finally {
      this.leave()
      this.#joined.reject(new Error('The candidate has left the election.'))
      this.#announcement?.leave()
      await this.#recorder?.settledWithin(EVENT_PATIENCE_MS)
    }
  }

  /** Leaves the election cleanly: the work ends first, and then the lease is released. */
  leave(): void {
    this.#stop.abort()
  }

  /** Leaves the election cleanly; `run` then rejects with the error. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.leave()
  }

  async #prepareLabel(): Promise<void> {
    try {
      await this.#label?.prepare(this.#stop.signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }

  #newLeader(identity: string, isStranger: boolean): void {
    this.#announcement?.leaderIs(identity)
    this.#onEvent({ type: 'new-leader', identity, isStranger })
  }

  async #lead(leadership: Leadership): Promise<void> {
    this.#leadership = leadership
    this.#hasLed = true
    this.#onEvent({ type: 'started-leading', leadership })
    this.#recorder?.record(LEADER_ELECTION, becameLeader(this.identity))
    const done = new AbortController()
    const labeled = this.#keepLabel(leadership, done.signal)
    try {
      await (this.#work ? this.#work(leadership) : aborted(leadership.signal))
    } finally {
      done.abort()
      await labeled
    }
  }

  /** Until the work must end, or has ended. The term lasts until the label is removed. */
  async #keepLabel(leadership: Leadership, done: AbortSignal): Promise<void> {
    const over = AbortSignal.any([leadership.signal, done])
    try {
      await this.#label?.during(leadership, { over, patienceMs: this.#labelPatienceMs })
    } catch (error) {
      this.fail(error)
    }
  }

  #termEnded(end: TermEnd): void {
    this.#leadership = null
    this.#onEvent({ type: 'term-ended', ...end })
    // After the release, as client-go does (`defer` in LeaderElector.renew).
    this.#recorder?.record(LEADER_ELECTION, stoppedLeading(this.identity))
  }

  #answered(request: LockRequest): void {
    if (request === 'watch') return
    this.#isOver(request)
    this.#joined.resolve(undefined)
  }

  #isOver(request: LockRequest): void {
    for (const [message, failed] of this.#told) {
      // A successful read does not show that writes are allowed.
      if (!isWrite(failed) || request !== 'read') this.#told.delete(message)
    }
    if (this.#isFailing) this.#onEvent({ type: 'recovered' })
    this.#isFailing = false
  }

  #failed(request: LockRequest, thrown: unknown, signal: AbortSignal): void {
    if (this.leaving.aborted) return
    // A request that was given up because no answer came has failed. One that is no longer needed has not.
    const error: unknown = signal.aborted ? signal.reason : thrown
    if (!(error instanceof LockError)) return
    // Losing a race is normal: the lock has answered. Without permission to watch, the elector polls.
    if (isLostRace(error)) return this.#isOver(request)
    if (request === 'watch' && error.kind === 'forbidden') return
    if (request !== 'watch' && !this.#hasLed && isHopeless(error)) return this.fail(error)
    const isRepeated = this.#told.has(error.message)
    if (!isRepeated) this.#told.set(error.message, request)
    if (request !== 'watch') this.#isFailing = true
    this.#onEvent({ type: 'problem', error, request, isRepeated })
  }
}

/** Whether a retry cannot help: the request is not allowed, or the namespace or resource does not exist. */
function isHopeless({ kind, cause }: LockError): boolean {
  if (kind === 'forbidden') return true
  return kind === 'rejected' && cause instanceof ClusterError && (cause.kind === 'notFound' || cause.kind === 'invalid')
}

function isWrite(request: LockRequest): boolean {
  return request !== 'read' && request !== 'watch'
}
