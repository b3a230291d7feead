import type { HealthConfig } from './health-config.ts'

/**
 * What a candidate makes of its health checks in a row: unhealthy after `failureThreshold` failures, healthy after
 * `successThreshold` successes. Before the first, it counts as unhealthy. Pure.
 */
export class HealthTally {
  readonly #config: Pick<HealthConfig, 'failureThreshold' | 'successThreshold'>
  #isHealthy: boolean | null = null
  #successes = 0
  #failures = 0

  constructor(config: Pick<HealthConfig, 'failureThreshold' | 'successThreshold'>) {
    this.#config = config
  }

  /** Returns the state if this result changes it; otherwise null. The first failure of all makes it known that it is unhealthy. */
  count(isSuccess: boolean): boolean | null {
    this.#successes = isSuccess ? this.#successes + 1 : 0
    this.#failures = isSuccess ? 0 : this.#failures + 1
    const { failureThreshold, successThreshold } = this.#config
    if (this.#isHealthy !== true && this.#successes >= successThreshold) return (this.#isHealthy = true)
    if (this.#isHealthy === null && this.#failures > 0) return (this.#isHealthy = false)
    if (this.#isHealthy === true && this.#failures >= failureThreshold) return (this.#isHealthy = false)
    return null
  }
}
