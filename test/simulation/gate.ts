import type { HealthSettings } from '../../shared/election/health-config.ts'
import type { Timings } from './judge/candidate-state.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'

/** The health of what one candidate guards: when it changes, and how an unhealthy check behaves. */
export interface Gate {
  readonly settings: Omit<HealthSettings, 'check'> & { readonly graceMs: number; readonly intervalMs: number }
  readonly isHealthyAtFirst: boolean
  /** True milliseconds, ascending. From the last change on, it stays as it is. */
  readonly changesAtMs: readonly number[]
  readonly hangs: boolean
}

export function gateOf(random: Random, { leaseDurationMs, retryPeriodMs }: Timings, healedAtMs: number): Gate {
  const changes = random.chance(0.3) ? 0 : random.integer(1, random.chance(0.2) ? 60 : 8)
  const intervalMs = retryPeriodMs * random.between(0.1, 3)
  return {
    settings: {
      intervalMs,
      timeoutMs: intervalMs * random.between(0.1, 2),
      failureThreshold: random.integer(1, 3),
      successThreshold: random.integer(1, 2),
      graceMs: random.between(2.2 * retryPeriodMs, 3 * leaseDurationMs),
    },
    isHealthyAtFirst: random.chance(0.4),
    changesAtMs: Array.from({ length: changes }, () => random.between(0, 1.5) * healedAtMs).sort((a, b) => a - b),
    hangs: random.chance(0.3),
  }
}

/** The health check of a process. */
export function checkOf(gate: Gate, process: Process, nowMs: () => number): HealthSettings {
  const isHealthy = (): boolean => gate.isHealthyAtFirst !== (gate.changesAtMs.filter((atMs) => atMs <= nowMs()).length % 2 === 1)
  const check = async (signal: AbortSignal): Promise<void> => {
    await process.clock.sleep(1, signal)
    if (isHealthy()) return
    if (gate.hangs) await process.clock.sleep(10 * gate.settings.intervalMs)
    throw new Error('unhealthy')
  }
  return { ...gate.settings, check }
}
