import { systemClock, type Clock } from '../time/index.ts'
import { electorConfig, InvalidElectorOption, type ElectorConfig, type ElectorSettings } from './config.ts'
import { ElectionRun } from './election-run.ts'
import type { Leadership } from './leadership.ts'
import type { StopReason } from './machine/protocol.ts'
import type { ElectorMetrics } from './metrics.ts'

/** How a term ended. */
export interface TermEnd {
  readonly reason: StopReason
  /** Whether the lease was released. */
  readonly released: boolean
}

/**
 * What an elector calls. A callback that throws ends the candidacy in good order, and {@link LeaderElector.run}
 * rejects with what it threw.
 */
export interface ElectorCallbacks {
  /**
   * The guarded work: runs while this candidate leads, and ends when `leadership.signal` is aborted. The lease is not
   * released before the promise has settled. If it settles by itself, the term and the run end: fulfilled, `run`
   * resolves; rejected (other than by its own signal), the lease is released and `run` rejects with the same.
   */
  readonly onStartedLeading: (leadership: Leadership) => Promise<void>
  /** The guarded work has ended. */
  readonly onStoppedLeading?: (reason: StopReason) => void
  /** The term is over, and the lease given up where it was ours. */
  readonly onTermEnded?: (end: TermEnd) => void
  /** Another identity than before holds the election, this candidate included; the first one seen, too. */
  readonly onNewLeader?: (identity: string) => void
  /** The guarded work still runs although its lease has run out (with `onOverrun: 'exit'`: is about to). */
  readonly onOverran?: () => void
  /**
   * A request or the watch failed, or the lock answered something invalid. The elector goes on; this is for a log, so a
   * watch that goes on failing tells it once. That another candidate was faster (`conflict`, `exists`, `absent`) is no
   * failure, and not told.
   */
  readonly onError?: (error: unknown) => void
}

/** The settings, the callbacks and what the elector runs on. */
export interface ElectorOptions extends ElectorSettings, ElectorCallbacks {
  readonly metrics?: ElectorMetrics
  /** Default: this machine's clocks. */
  readonly clock?: Clock
  /** Numbers from 0 to below 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number
  /**
   * Ends the process at once, for `onOverrun: 'exit'`. Default: it kills itself with SIGKILL, because what runs on a
   * gentler way out could be the very work that must not go on. Work that blocks the event loop is always ended like
   * that: nothing else of this process could run.
   */
  readonly exitProcess?: () => void
}

/** The part of {@link ElectorOptions} that is not settings, complete. */
export type ElectorHooks = Omit<ElectorOptions, keyof ElectorSettings> &
  Required<Pick<ElectorOptions, 'clock' | 'random' | 'exitProcess'>>

const HOOKS = [
  'onStartedLeading',
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
 * A candidate in an election of Kubernetes' kind, beside other candidates of this library and of client-go.
 *
 * What it does **not** guarantee:
 *
 * - It guarantees that no two candidates act as leader at once only while their clocks run at rates within
 *   `leaseDuration / renewDeadline` of each other, all have the same lease duration and identities of their own, and
 *   nobody else writes the record. It is tolerant to arbitrary clock skew, and to none beyond that in clock rate.
 * - A process that was stopped may act for one turn of its event loop after it resumes (where the machine slept and
 *   its monotonic clock with it: until the clocks are next compared, 50 ms). Only a resource that checks
 *   {@link Leadership.fencingToken} keeps that out.
 * - Work that does not end when its signal is aborted, or blocks the event loop, goes on: an abort is a request. See
 *   `onOverrun`, whose `exit` ends the process in both cases.
 * - Whoever writes the record by hand can have two leaders at once until the old one hears of it, within its renew
 *   deadline. A client-go leader beside this one keeps to client-go's own promises: it counts its deadline from the
 *   replies, goes on until the deadline when it sees another holder, and if it was paused does not know.
 *
 * It acts on times that this process took itself, never on those in the record, which other machines' clocks wrote.
 * The lower the ratio of lease duration to renew deadline, the sooner a dead leader is replaced and the less tolerance
 * there is for clocks and latency: raise lease duration and retry period until leadership is stable.
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
   * Stands for election until the signal is aborted, the guarded work ends by itself, or, without `rejoin`, its term
   * ends. When the signal is aborted it ends the work, keeps the lease until the work has ended, and releases it.
   *
   * Resolves with why its last term ended, null if it never led. Rejects with what the guarded work or a callback
   * threw; with {@link WriteAltered} where the server changes what is written so that nobody could lead by it; and with
   * what `clock` or `random` threw, after the work was told to end and has. An elector can run again when its run has
   * ended.
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

  /** Whether this candidate leads, at this moment. */
  isLeader(): boolean {
    const run = this.#run
    if (!run?.isLeading) return false
    const unrenewedMs = run.machine.unrenewedMs(run.now())
    return unrenewedMs !== null && unrenewedMs < this.#config.renewDeadlineMs
  }

  /** The holder that was last heard of; empty where there is none. As client-go's `GetLeader`, for information only. */
  getLeader(): string {
    return this.#run?.machine.leader ?? ''
  }

  /**
   * The health check of client-go's `HealthzAdaptor`: an error where guarded work goes on although its lease was not
   * renewed for longer than the lease duration and `maxTolerableExpiredLeaseMs` together; null where all is well, and
   * always for a standby.
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
  // Still here: the first process of a container, which the kernel lets nobody in there kill.
  process.abort()
}
