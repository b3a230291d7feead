import { systemClock, type Clock } from '../time/index.ts'
import { electorConfig, InvalidElectorOption, type ElectorConfig, type ElectorSettings } from './config.ts'
import { ElectionRun } from './election-run.ts'
import type { Leadership } from './leadership.ts'
import type { StopReason } from './machine/protocol.ts'
import type { Stopwatch } from './machine/stopwatch.ts'
import type { ElectorMetrics } from './metrics.ts'

/** How a term ended. */
export interface TermEnd {
  readonly reason: StopReason
  /** Whether the lease was released. */
  readonly released: boolean
}

/**
 * The callbacks of an elector. If one throws, the candidate ends its work, releases its lease and leaves the election,
 * and {@link LeaderElector.run} rejects with the error.
 */
export interface ElectorCallbacks {
  /**
   * The guarded work. It runs while this candidate is the leader, and must end when `leadership.signal` is aborted. The
   * lease is not released before the promise has settled. If it settles on its own, the term and the run end: if it is
   * fulfilled, `run` resolves; if it is rejected (other than by its own signal), the lease is released, and `run` rejects
   * with the same error.
   */
  readonly onStartedLeading: (leadership: Leadership) => Promise<void>
  /**
   * The lease was acquired or renewed; for the first renewal of a term, before the guarded work starts. The stopwatch
   * runs since that request was sent, and the elector keeps comparing it with both clocks while the term lasts: for a
   * process of its own that must end the work in time, see {@link Stopwatch.startMoment}.
   */
  readonly onRenewed?: (renewal: Stopwatch) => void
  /** The guarded work has ended. */
  readonly onStoppedLeading?: (reason: StopReason) => void
  /** The term is over. If this candidate still held the lease, it was released (see {@link TermEnd.released}). */
  readonly onTermEnded?: (end: TermEnd) => void
  /** The holder has changed. Also called for the first holder that is observed, and for this candidate itself. */
  readonly onNewLeader?: (identity: string) => void
  /** The guarded work is still running although its lease has expired (with `onOverrun: 'exit'`: is about to expire). */
  readonly onOverran?: () => void
  /**
   * A request or the watch failed, or the lock returned something invalid. The elector goes on. This is meant for a log:
   * a watch that keeps failing in the same way is reported once, and a write that lost to another candidate (`conflict`,
   * `exists`, `absent`) is not reported.
   */
  readonly onError?: (error: unknown) => void
}

/** The settings, the callbacks, and what the elector runs on. */
export interface ElectorOptions extends ElectorSettings, ElectorCallbacks {
  readonly metrics?: ElectorMetrics
  /** Default: this machine's clocks. */
  readonly clock?: Clock
  /** Numbers from 0 to below 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number
  /**
   * Ends the process immediately, for `onOverrun: 'exit'`. Default: SIGKILL, because a gentler exit would let the guarded
   * work run on. If the work blocks the event loop, the process is always killed with SIGKILL, because nothing else in it
   * can run.
   */
  readonly exitProcess?: () => void
}

/** The part of {@link ElectorOptions} that is not settings, complete. */
export type ElectorHooks = Omit<ElectorOptions, keyof ElectorSettings> &
  Required<Pick<ElectorOptions, 'clock' | 'random' | 'exitProcess'>>

const HOOKS = [
  'onStartedLeading',
  'onRenewed',
  'onStoppedLeading',
  'onTermEnded',
  'onNewLeader',
  'onOverran',
  'onError',
  'metrics',
  'clock',
  'random',
  'exitProcess',
] as const satisfies (keyof ElectorHooks)[]

/**
 * A candidate in a Kubernetes leader election, together with other candidates of this library and of client-go.
 *
 * What it does **not** guarantee:
 *
 * - No two candidates lead at once *only if* their clocks run at rates within `leaseDuration / renewDeadline` of each
 *   other, all of them have the same lease duration and an identity of their own, and no other client writes the record.
 *   The elector tolerates arbitrary clock skew, and no more than that ratio in clock rate.
 * - A process that was paused may keep leading for one turn of its event loop after it resumes. If the machine slept, and
 *   its monotonic clock stood still, it may do so until the clocks are next compared, within 50 ms. Only a resource that
 *   checks {@link Leadership.fencingToken} can reject such work.
 * - Aborting the signal is a request. Work that ignores it, or blocks the event loop, keeps running. With
 *   `onOverrun: 'exit'`, the process ends in both cases.
 * - If another client writes the record, there can be two leaders until the old one learns of it, within its renew
 *   deadline. A client-go leader in the same election keeps only client-go's promises: it counts its deadline from the
 *   responses, keeps leading until its deadline when it sees another holder, and does not notice that it was paused.
 *
 * The elector acts only on times that this process measured, never on those in the record, which other clocks wrote.
 * The lower the ratio of lease duration to renew deadline, the sooner a failed leader is replaced, and the smaller the
 * tolerance for clocks and latency. Raise lease duration and retry period until leadership is stable.
 */
export class LeaderElector {
  readonly #config: ElectorConfig
  readonly #hooks: ElectorHooks
  #run: ElectionRun | null = null

  /** @throws InvalidElectorOption */
  constructor(options: ElectorOptions) {
    const { hooks, settings } = split(options)
    this.#config = electorConfig(settings)
    if (typeof hooks.onStartedLeading !== 'function') {
      throw new InvalidElectorOption('onStartedLeading', 'onStartedLeading must be a function that returns a promise')
    }
    this.#hooks = { clock: systemClock, random: Math.random, exitProcess: killThisProcess, ...hooks }
    hooks.metrics?.leaderOff(this.#config.name)
  }

  get identity(): string {
    return this.#config.identity
  }

  /**
   * Runs as a candidate until the signal is aborted, the guarded work ends on its own, or, without `rejoin`, its term ends.
   * If the signal is aborted, it ends the work, holds the lease until the work has ended, and then releases it.
   *
   * An elector can run again after its run has ended.
   *
   * @returns why the last term ended; null if this candidate never led
   * @throws what the guarded work or a callback threw
   * @throws ElectionRefused if the lock's object must not be written by a candidate
   * @throws WriteAltered if the server changes writes so that it is not safe to lead by them
   * @throws what `clock` or `random` threw, after the work has ended
   */
  async run(signal: AbortSignal): Promise<StopReason | null> {
    if (this.#run) throw new Error(`the elector for ${this.#config.name} is already running`)
    const run = new ElectionRun(this.#config, this.#hooks)
    this.#run = run
    try {
      return await run.run(signal)
    } finally {
      this.#run = null
    }
  }

  /** Whether this candidate is the leader at this moment. */
  isLeader(): boolean {
    const run = this.#run
    if (!run?.isLeading) return false
    const unrenewedMs = run.machine.unrenewedMs(run.now())
    return unrenewedMs !== null && unrenewedMs < this.#config.renewDeadlineMs
  }

  /** The last known holder, as client-go's `GetLeader`; empty if none is known. For information only. */
  getLeader(): string {
    return this.#run?.machine.leader ?? ''
  }

  /**
   * The health check of client-go's `HealthzAdaptor`. Returns an error if guarded work is running although its lease was
   * not renewed for longer than the lease duration plus `maxTolerableExpiredLeaseMs`; otherwise null, and always null for a
   * standby.
   */
  check(maxTolerableExpiredLeaseMs: number): Error | null {
    const unrenewedMs = this.#run?.machine.unrenewedMs(this.#run.now()) ?? 0
    if (unrenewedMs <= this.#config.leaseDurationMs + maxTolerableExpiredLeaseMs) return null
    return new Error(`failed election to renew leadership on lease ${this.#config.name}`)
  }
}

function split(options: ElectorOptions): { hooks: Omit<ElectorOptions, keyof ElectorSettings>; settings: ElectorSettings } {
  const isHook = (option: string): boolean => (HOOKS as readonly string[]).includes(option)
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return {
    hooks: Object.fromEntries(entries.filter(([option]) => isHook(option))) as unknown as ElectorHooks,
    settings: Object.fromEntries(entries.filter(([option]) => !isHook(option))) as unknown as ElectorSettings,
  }
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL')
  // Still running: this is the first process of a container, which no process in that container can kill.
  process.abort()
}
