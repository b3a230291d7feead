import { aborted } from '../time/aborted.ts'
import { systemClock } from '../time/clock.ts'
import { InvalidElectorOption } from './invalid-option.ts'
import { electorConfig, type ElectorConfig, type ElectorSettings } from './config.ts'
import { ElectionRun } from './election-run.ts'
import type { ElectorHooks, ElectorOptions } from './elector-options.ts'
import { ElectorStates, RunningElector } from './elector-states.ts'
import type { Leadership } from './leadership.ts'
import type { StopReason } from './machine/protocol.ts'

const HOOKS = [
  'onStartedLeading',
  'onRenewed',
  'onStoppedLeading',
  'onTermEnded',
  'onNewLeader',
  'onIdentityInUse',
  'onOverran',
  'onHealth',
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
  readonly #states = new ElectorStates()
  #run: ElectionRun | null = null

  /** @throws InvalidElectorOption */
  constructor(options: ElectorOptions) {
    const { hooks, settings } = split(options)
    this.#config = electorConfig(settings)
    const { onStartedLeading: work = untilItEnds, onStoppedLeading, onNewLeader } = hooks
    if (typeof work !== 'function') {
      throw new InvalidElectorOption('onStartedLeading', 'onStartedLeading must be a function that returns a promise')
    }
    this.#hooks = {
      ...{ clock: systemClock, random: Math.random, exitProcess: killThisProcess, ...hooks },
      onStartedLeading: (leadership) => {
        this.#states.leads(leadership)
        return work(leadership)
      },
      onStoppedLeading: (reason) => {
        this.#states.stopped()
        onStoppedLeading?.(reason)
      },
      onNewLeader: (identity, isStranger) => {
        this.#states.leaderIs(identity)
        onNewLeader?.(identity, isStranger)
      },
    }
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

  /**
   * The same as {@link run}, with a handle instead of a signal: its `leading` resolves when this candidate becomes the
   * leader, and `for await (const state of elector.start())` yields who leads.
   *
   * Without `onStartedLeading`, the lease is released as soon as {@link RunningElector.stop} is called. Work that needs
   * time to end belongs into `onStartedLeading`.
   */
  start(): RunningElector {
    return new RunningElector(this.#states, (signal) => this.run(signal))
  }

  /** Whether this candidate is the leader at this moment. */
  isLeader(): boolean {
    const run = this.#run
    if (!run?.isLeading) return false
    const unrenewedMs = run.machine.unrenewedMs(run.now())
    return unrenewedMs !== null && unrenewedMs < this.#config.renewDeadlineMs
  }

  /**
   * Extends the maximum hold time of the present term, by milliseconds. Without a term, or without a maximum, this changes
   * nothing.
   */
  extendHold(byMs: number): void {
    this.#run?.extendHold(byMs)
  }

  /** The last known holder, as client-go's `GetLeader`; empty if none is known. For information only. */
  getLeader(): string {
    return this.#run?.machine.leader ?? ''
  }

  /** The fencing token of the current term; null unless this candidate is the leader. */
  fencingToken(): string | null {
    return this.isLeader() ? (this.#states.leadership?.fencingToken ?? null) : null
  }

  /** Whether this run has read the election's record at least once: then this candidate takes part. */
  hasRead(): boolean {
    return this.#run?.hasRead ?? false
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
    hooks: Object.fromEntries(entries.filter(([option]) => isHook(option))),
    settings: Object.fromEntries(entries.filter(([option]) => !isHook(option))) as unknown as ElectorSettings,
  }
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL')
  // Still running: this is the first process of a container, which no process in that container can kill.
  process.abort()
}

/** The guarded work of an elector that has none. */
async function untilItEnds({ signal }: Leadership): Promise<void> {
  await aborted(signal)
}
