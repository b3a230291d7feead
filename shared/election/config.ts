import type { Lock } from '../locks/index.ts'
import { isPlaceholder, PLACEHOLDER_PREFIX } from '../lease/index.ts'
import { DEFAULT_TIMINGS } from './timings.ts'

/** An option of the elector that cannot be used; the message says why, in one sentence. */
export class InvalidElectorOption extends Error {
  override readonly name = 'InvalidElectorOption'
  /** The option's name, as in {@link ElectorSettings}. */
  readonly option: string

  constructor(option: string, message: string) {
    super(message)
    this.option = option
  }
}

/** The settings of one candidate, in client-go's vocabulary. All durations are milliseconds. */
export interface ElectorSettings {
  /** Where the election's record is kept. */
  readonly lock: Lock
  /** Who this candidate is. No two candidates of one election may have the same identity at the same time. */
  readonly identity: string
  /** The election's name in metrics and messages. Default: the lock's description. */
  readonly name?: string
  /**
   * How long a standby waits, from the last change of the record that it saw itself, before it takes over. A whole
   * number of seconds: the record can't say anything else. All candidates of an election must have the same.
   * Default 15,000.
   */
  readonly leaseDurationMs?: number
  /**
   * How long a leader acts on, from the moment it sent its last successful renewal. Default 10,000. The ratio
   * `leaseDurationMs / renewDeadlineMs` is how far the rates of two candidates' clocks may differ.
   */
  readonly renewDeadlineMs?: number
  /** How long a candidate waits between tries: a leader between two renewals, from sending to sending. Default 2,000. */
  readonly retryPeriodMs?: number
  /** A standby that can't watch polls every `retryPeriodMs × (1 … 1 + jitterFactor)`. Default 1.2. */
  readonly jitterFactor?: number
  /**
   * Whether the lease is released once the guarded work has ended. Default true (client-go: false): as the release
   * waits for the work, it can do no harm here.
   */
  readonly releaseOnCancel?: boolean
  /** Whether to stand again after a term that was lost or was long enough. Default false: the run ends, as client-go's. */
  readonly rejoin?: boolean
  /** How long a term may last before leadership is given back; 0 (the default) is without limit. */
  readonly maxHoldMs?: number
  /**
   * Whether to stand also where the lock says that its object is not a leader election (a node's heartbeat, another
   * program's lease). Default false: the run rejects with an `ElectionRefused`, and nothing is written.
   */
  readonly allowNonElection?: boolean
  /**
   * What happens when the guarded work outlives its lease. `report` (the default) tells `onOverrun` when it has.
   * `exit` ends the process before the lease runs out, by a fifth of the time between renew deadline and lease
   * duration. That holds also while the work blocks the event loop: a thread, which is started for nobody else, ends
   * the process a little later, where the event loop has not.
   */
  readonly onOverrun?: 'report' | 'exit'
}

/** {@link ElectorSettings}, checked and complete. */
export type ElectorConfig = Required<Omit<ElectorSettings, 'onOverrun'>> & {
  /** After how long without a renewal (from its sending) guarded work that still runs has overrun its lease. */
  readonly overrunAfterMs: number
  /** With `onOverrun: 'exit'`: after how long a process whose event loop does not see to that is ended. */
  readonly endProcessAfterMs: number
  readonly onOverrun: 'report' | 'exit'
}

type LocklessSettings = Omit<ElectorSettings, 'lock'>

const DEFAULTS = {
  ...DEFAULT_TIMINGS,
  jitterFactor: 1.2,
  releaseOnCancel: true,
  rejoin: false,
  maxHoldMs: 0,
  allowNonElection: false,
  onOverrun: 'report',
} as const

const SETTINGS = new Set<string>([...Object.keys(DEFAULTS), 'lock', 'identity', 'name'])

/** The largest `leaseDurationSeconds` that the API takes (int32). */
const LONGEST_LEASE_SECONDS = 2_147_483_647

/**
 * Checks settings and fills in the defaults. It refuses what client-go's `NewLeaderElector` refuses, and a lease
 * duration that is not a whole number of seconds, an identity that a failover uses, and settings that it does not
 * know.
 * @throws InvalidElectorOption
 */
export function electorConfig(settings: ElectorSettings): ElectorConfig {
  const { lock } = settings
  const config = withDefaults(settings)
  checkLock(lock)
  const { leaseDurationMs, renewDeadlineMs } = config
  const marginMs = config.onOverrun === 'exit' ? (leaseDurationMs - renewDeadlineMs) / 5 : 0
  return {
    ...config,
    lock,
    name: settings.name ?? lock.description,
    overrunAfterMs: leaseDurationMs - marginMs,
    endProcessAfterMs: leaseDurationMs - (marginMs * 3) / 4,
  }
}

/**
 * Checks settings before there is a lock to use them with.
 * @throws InvalidElectorOption
 */
export function checkSettings(settings: LocklessSettings): void {
  withDefaults(settings)
}

function withDefaults(settings: LocklessSettings): Required<Omit<LocklessSettings, 'name'>> {
  for (const option of Object.keys(settings)) {
    if (!SETTINGS.has(option)) throw new InvalidElectorOption(option, `${option} is not an option of an elector`)
  }
  const given = Object.fromEntries(Object.entries<unknown>(settings).filter(([, value]) => value !== undefined))
  const config = { ...DEFAULTS, ...(given as unknown as LocklessSettings) }

  checkDurations(config)
  checkIdentity(config.identity)
  checkIsOneOf('onOverrun', config.onOverrun, ['report', 'exit'])
  checkIsOneOf('releaseOnCancel', config.releaseOnCancel, [true, false])
  checkIsOneOf('rejoin', config.rejoin, [true, false])
  checkIsOneOf('allowNonElection', config.allowNonElection, [true, false])
  return config
}

type Durations = Pick<
  ElectorConfig,
  'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs' | 'jitterFactor' | 'maxHoldMs'
>

function checkDurations(durations: Durations): void {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, jitterFactor, maxHoldMs } = durations
  for (const option of ['leaseDurationMs', 'renewDeadlineMs', 'retryPeriodMs', 'jitterFactor'] as const) {
    const value: unknown = durations[option]
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw new InvalidElectorOption(option, `${option} must be greater than zero`)
    }
  }
  if (typeof maxHoldMs !== 'number' || !Number.isFinite(maxHoldMs) || maxHoldMs < 0) {
    throw new InvalidElectorOption('maxHoldMs', 'maxHoldMs must be zero (no limit) or greater')
  }
  if (leaseDurationMs % 1000 !== 0) {
    throw new InvalidElectorOption('leaseDurationMs', 'leaseDurationMs must be a whole number of seconds')
  }
  if (leaseDurationMs / 1000 > LONGEST_LEASE_SECONDS) {
    throw new InvalidElectorOption('leaseDurationMs', `leaseDurationMs must be at most ${LONGEST_LEASE_SECONDS} seconds`)
  }
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new InvalidElectorOption('leaseDurationMs', 'leaseDurationMs must be greater than renewDeadlineMs')
  }
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor) {
    throw new InvalidElectorOption('renewDeadlineMs', 'renewDeadlineMs must be greater than retryPeriodMs × jitterFactor')
  }
}

function checkLock(lock: unknown): void {
  const methods = ['read', 'create', 'update']
  const complete =
    typeof lock === 'object' &&
    lock !== null &&
    methods.every((name) => typeof (lock as Record<string, unknown>)[name] === 'function')
  if (!complete) throw new InvalidElectorOption('lock', 'lock must have the methods read, create and update')
}

function checkIdentity(identity: unknown): void {
  if (typeof identity !== 'string' || identity === '') {
    throw new InvalidElectorOption('identity', 'identity must not be empty')
  }
  if (isPlaceholder(identity)) {
    throw new InvalidElectorOption('identity', `identity must not start with ${PLACEHOLDER_PREFIX}, which is reserved for failovers`)
  }
}

function checkIsOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) throw new InvalidElectorOption(option, `${option} must be ${allowed.join(' or ')}`)
}
