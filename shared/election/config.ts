import type { Lock } from '../locks/lock.ts'
import { isPlaceholder, PLACEHOLDER_PREFIX } from '../lease/placeholder.ts'
import { phrase } from '../phrase.ts'
import { candidateIdentity } from './identity.ts'
import { healthConfig, type HealthConfig, type HealthSettings } from './health-config.ts'
import { InvalidElectorOption } from './invalid-option.ts'
import { DEFAULT_TIMINGS, JITTER_FACTOR } from './timings.ts'

/** The settings of one candidate, named as in client-go. All durations are in milliseconds. */
export interface ElectorSettings {
  /** The object that stores the election's record. */
  readonly lock: Lock
  /**
   * This candidate's holder identity. It must be unique among all candidates of the election. Default: the host name and a
   * UUID, as for client-go's programs.
   */
  readonly identity?: string
  /** The election's name in metrics and messages. Default: the lock's description. */
  readonly name?: string
  /**
   * How long a standby waits, counted from the last change of the record that it observed, before it takes over. It must
   * be a whole number of seconds, because the record stores seconds, and the same for all candidates of an election.
   * Default 15,000.
   */
  readonly leaseDurationMs?: number
  /**
   * How long the leader keeps leading without a renewal, counted from when it sent its last successful one. Default
   * 10,000. The ratio `leaseDurationMs / renewDeadlineMs` is how far the rates of two candidates' clocks may differ.
   */
  readonly renewDeadlineMs?: number
  /** How long a candidate waits between two attempts: a leader from sending one renewal to sending the next. Default 2,000. */
  readonly retryPeriodMs?: number
  /** A standby that cannot watch polls every `retryPeriodMs × (1 … 1 + jitterFactor)`. Default 1.2. */
  readonly jitterFactor?: number
  /**
   * Whether to release the lease after the guarded work has ended. Default true. (client-go defaults to false, because its
   * release does not wait for the work.)
   */
  readonly releaseOnCancel?: boolean
  /** Whether to rejoin after a term that was lost or reached `maxHoldMs`. Default false: the run ends, as in client-go. */
  readonly rejoin?: boolean
  /** The maximum hold time: after this time, a leader ends its work and releases the lease. 0 (the default) means no limit. */
  readonly maxHoldMs?: number
  /**
   * Whether to run as a candidate even if the lock's object is not a leader election (a node's heartbeat, another program's
   * lease). Default false: the run rejects with an `ElectionRefused`, and makes no changes.
   */
  readonly allowNonElection?: boolean
  /**
   * A health check. An unhealthy candidate acquires the lease only after it has seen it free for a grace period, and then
   * keeps it until it has been healthy once. Any other leader that becomes unhealthy ends its work and releases the lease.
   * Default: none; the candidate counts as healthy.
   */
  readonly health?: HealthSettings
  /**
   * What happens if the guarded work outlives its lease. `report` (the default) calls `onOverran` once the lease has
   * expired. `exit` ends the process before the lease expires, by a fifth of the time between renew deadline and lease
   * duration. If the work blocks the event loop, a thread ends the process a little later. That thread is started only
   * for `exit`.
   */
  readonly onOverrun?: 'report' | 'exit'
}

/** {@link ElectorSettings}, checked and complete. */
export type ElectorConfig = Required<Omit<ElectorSettings, 'onOverrun' | 'health'>> & {
  readonly health: HealthConfig | null
  /** The time, counted from when the last renewal was sent, after which running work has overrun its lease. */
  readonly overrunAfterMs: number
  /** With `onOverrun: 'exit'`: the time, counted likewise, after which the thread ends a process whose event loop is blocked. */
  readonly endProcessAfterMs: number
  readonly onOverrun: 'report' | 'exit'
}

type LocklessSettings = Omit<ElectorSettings, 'lock'>

const DEFAULTS = {
  ...DEFAULT_TIMINGS,
  jitterFactor: JITTER_FACTOR,
  releaseOnCancel: true,
  rejoin: false,
  maxHoldMs: 0,
  allowNonElection: false,
  onOverrun: 'report',
} as const

const SETTINGS = new Set<string>([...Object.keys(DEFAULTS), 'lock', 'identity', 'name', 'health'])

/** The largest `leaseDurationSeconds` that the API takes (int32). */
const LONGEST_LEASE_SECONDS = 2_147_483_647

/**
 * Checks settings and fills in the defaults.
 *
 * @throws InvalidElectorOption if client-go's `NewLeaderElector` would refuse the settings, if the lease duration is not a
 *   whole number of seconds, if the identity is reserved for failovers, or if an option is unknown
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
 * Checks settings before the lock exists.
 *
 * @throws InvalidElectorOption as {@link electorConfig}
 */
export function checkSettings(settings: LocklessSettings): void {
  withDefaults(settings)
}

function withDefaults(settings: LocklessSettings): Required<Omit<LocklessSettings, 'name' | 'health'>> & Pick<ElectorConfig, 'health'> {
  for (const option of Object.keys(settings)) {
    if (!SETTINGS.has(option)) throw new InvalidElectorOption(option, `${option} is not an option of an elector`)
  }
  const given = Object.fromEntries(Object.entries<unknown>(settings).filter(([, value]) => value !== undefined))
  const config = { ...DEFAULTS, identity: candidateIdentity(), ...(given as unknown as LocklessSettings) }

  checkDurations(config)
  checkIdentity(config.identity)
  checkIsOneOf('onOverrun', config.onOverrun, ['report', 'exit'])
  checkIsOneOf('releaseOnCancel', config.releaseOnCancel, [true, false])
  checkIsOneOf('rejoin', config.rejoin, [true, false])
  checkIsOneOf('allowNonElection', config.allowNonElection, [true, false])
  return { ...config, health: config.health ? healthConfig(config.health, config) : null }
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
      throw new InvalidElectorOption(option, phrase`${option} must be greater than zero`)
    }
  }
  if (typeof maxHoldMs !== 'number' || !Number.isFinite(maxHoldMs) || maxHoldMs < 0) {
    throw new InvalidElectorOption('maxHoldMs', phrase`${'maxHoldMs'} must be zero (no limit) or greater`)
  }
  if (leaseDurationMs % 1000 !== 0) {
    throw new InvalidElectorOption('leaseDurationMs', phrase`${'leaseDurationMs'} must be a whole number of seconds`)
  }
  if (leaseDurationMs / 1000 > LONGEST_LEASE_SECONDS) {
    throw new InvalidElectorOption('leaseDurationMs', phrase`${'leaseDurationMs'} must be at most ${LONGEST_LEASE_SECONDS} seconds`)
  }
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new InvalidElectorOption('leaseDurationMs', phrase`${'leaseDurationMs'} must be greater than ${'renewDeadlineMs'}`)
  }
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor) {
    throw new InvalidElectorOption('renewDeadlineMs', phrase`${'renewDeadlineMs'} must be greater than ${'retryPeriodMs'} × ${'jitterFactor'}`)
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
