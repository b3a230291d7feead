import { durationText } from '../duration.ts'
import { InvalidElectorOption } from './invalid-option.ts'

/** A candidate's health check. All durations are in milliseconds. */
export interface HealthSettings {
  /**
   * Resolves if the candidate is healthy, and rejects, with the reason, if it is not. The signal is aborted after the timeout.
   * A check that has not settled by then has failed, and is not started again before it has settled.
   */
  readonly check: (signal: AbortSignal) => Promise<void>
  /** From the start of one check to the start of the next. Default 5,000. */
  readonly intervalMs?: number
  /** Default 1,000. */
  readonly timeoutMs?: number
  /** After how many failures in a row a healthy candidate is unhealthy. Default 3. */
  readonly failureThreshold?: number
  /** After how many successes in a row an unhealthy candidate is healthy. Default 1. */
  readonly successThreshold?: number
  /**
   * How long an unhealthy candidate leaves a free lease to others. After that, it acquires the lease nevertheless, so that a
   * lease is not free for ever if no candidate is healthy. Default: two lease durations.
   */
  readonly graceMs?: number
}

/** {@link HealthSettings}, checked and complete. */
export type HealthConfig = Required<HealthSettings>

/** Longer ones would leave a lease free, or an unhealthy leader leading, for longer than anyone means. */
const LONGEST_MS = 3_600_000
const HIGHEST_THRESHOLD = 1_000
const NAMES = new Set<string>(['check', 'intervalMs', 'timeoutMs', 'failureThreshold', 'successThreshold', 'graceMs'] satisfies (keyof HealthSettings)[])

/**
 * Checks the settings of a health check, and fills in the defaults.
 *
 * @param pace of the candidate. A grace shorter than its longest poll (`retryPeriodMs × (1 + jitterFactor)`) would let an
 *   unhealthy candidate acquire a lease before a healthy one that polls can.
 * @throws InvalidElectorOption
 */
export function healthConfig(settings: HealthSettings, pace: { readonly leaseDurationMs: number; readonly retryPeriodMs: number; readonly jitterFactor: number }): HealthConfig {
  for (const name of Object.keys(settings)) {
    if (!NAMES.has(name)) throw new InvalidElectorOption('health', `health.${name} is not an option of a health check`)
  }
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as unknown as HealthSettings
  const config = { intervalMs: 5_000, timeoutMs: 1_000, failureThreshold: 3, successThreshold: 1, graceMs: Math.min(2 * pace.leaseDurationMs, LONGEST_MS), ...given }
  if (typeof config.check !== 'function') throw new InvalidElectorOption('health', 'health.check must be a function that returns a promise')
  for (const name of ['intervalMs', 'timeoutMs', 'graceMs'] as const) {
    if (isBetween(config[name], 1, LONGEST_MS)) continue
    throw new InvalidElectorOption('health', `health.${name} must be greater than zero and at most ${durationText(LONGEST_MS)}`)
  }
  for (const name of ['failureThreshold', 'successThreshold'] as const) {
    if (isBetween(config[name], 1, HIGHEST_THRESHOLD) && Number.isInteger(config[name])) continue
    throw new InvalidElectorOption('health', `health.${name} must be a whole number from 1 to ${HIGHEST_THRESHOLD}`)
  }
  const longestPollMs = pace.retryPeriodMs * (1 + pace.jitterFactor)
  if (config.graceMs < longestPollMs) {
    throw new InvalidElectorOption('health', `health.graceMs must be at least ${durationText(Math.ceil(longestPollMs))}, the longest time between two polls of a candidate`)
  }
  return config
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}
