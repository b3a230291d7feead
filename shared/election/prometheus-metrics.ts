import { MASTER_STATUS, SLOWPATH_TOTAL, type ElectorMetrics } from './metrics.ts'

/** Metrics of electors for Prometheus, with client-go's names. */
export class PrometheusMetrics implements ElectorMetrics {
  readonly #isLeader = new Map<string, boolean>()
  readonly #slowpaths = new Map<string, number>()

  leaderOn(name: string): void {
    this.#isLeader.set(name, true)
  }

  leaderOff(name: string): void {
    this.#isLeader.set(name, false)
    if (!this.#slowpaths.has(name)) this.#slowpaths.set(name, 0)
  }

  slowpathExercised(name: string): void {
    this.#slowpaths.set(name, (this.#slowpaths.get(name) ?? 0) + 1)
  }

  /** Prometheus' text format, version 0.0.4. */
  text(): string {
    const lines = [
      `# HELP ${MASTER_STATUS} Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease.`,
      `# TYPE ${MASTER_STATUS} gauge`,
      ...[...this.#isLeader].map(([name, isLeader]) => `${MASTER_STATUS}{name="${label(name)}"} ${isLeader ? 1 : 0}`),
      `# HELP ${SLOWPATH_TOTAL} Total number of slow path exercised in renewing leader leases. 'name' is the string used to identify the lease.`,
      `# TYPE ${SLOWPATH_TOTAL} counter`,
      ...[...this.#slowpaths].map(([name, count]) => `${SLOWPATH_TOTAL}{name="${label(name)}"} ${count}`),
    ]
    return lines.map((line) => `${line}\n`).join('')
  }
}

function label(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
