import type { Clock } from '../time/clock.ts'
import type { ElectorSettings } from './config.ts'
import type { HealthChange } from './health-monitor.ts'
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
 * and `LeaderElector.run` rejects with the error.
 */
export interface ElectorCallbacks {
  /**
   * The guarded work. It runs while this candidate is the leader, and must end when `leadership.signal` is aborted. The
   * lease is not released before the promise has settled. If it settles on its own, the term and the run end: if it is
   * fulfilled, `run` resolves; if it is rejected (other than by its own signal), the lease is released, and `run` rejects
   * with the same error. Default: the term lasts until it must end.
   */
  readonly onStartedLeading?: (leadership: Leadership) => Promise<void>
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
  /**
   * The holder has changed. Also called for the first holder that is observed, and for this candidate itself.
   * @param isStranger whether it has this candidate's identity, but another process, or an earlier run, wrote the record
   */
  readonly onNewLeader?: (identity: string, isStranger: boolean) => void
  /** Called once if another process, with this candidate's identity, renews the lease. */
  readonly onIdentityInUse?: () => void
  /** The guarded work is still running although its lease has expired (with `onOverrun: 'exit'`: is about to expire). */
  readonly onOverran?: () => void
  /** The health check passed or failed, and that changed what this candidate is; for the first time, either. */
  readonly onHealth?: (change: HealthChange) => void
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
  Required<Pick<ElectorOptions, 'onStartedLeading' | 'clock' | 'random' | 'exitProcess'>>
