import type * as PromClient from 'prom-client'
import type { Counter, Gauge, Registry } from 'prom-client'
import { VERSION } from '../version.ts'
import { EXPORTED_STATES, type ElectionReading } from './election-book.ts'
import type { ElectionPods } from './pod-book.ts'

/** What is exported at one moment. */
export interface Exported {
  readonly readings: Iterable<ElectionReading>
  readonly podsOf: (key: string) => ElectionPods
  /** How long the view has not been current; 0 while it is. Milliseconds. */
  readonly blindMs: number
}

const PREFIX = 'leader_exporter'
const LABELS = ['namespace', 'lease', 'lock'] as const
type Label = (typeof LABELS)[number]

/**
 * The metrics of elections in Prometheus' text format. All series of elections are set anew for each scrape, so that those of
 * deleted elections disappear, and all of them while the exporter is blind. No label is a holder identity, which a restart
 * changes.
 */
export class Exposition {
  readonly #registry: Registry
  readonly #blind: Gauge
  readonly #state: Gauge<Label>
  readonly #leaderless: Gauge<Label>
  readonly #duration: Gauge<Label>
  readonly #transitions: Counted
  readonly #lateRenewals: Counted
  readonly #blocked: Gauge<Label>
  readonly #candidates: Gauge<Label>
  readonly #ready: Gauge<Label>
  readonly #info: Gauge<Label | 'holder_pod' | 'holder_node'>

  private constructor(client: typeof PromClient) {
    const registers = [(this.#registry = new client.Registry())]
    const gauge = (name: string, help: string): Gauge<Label> =>
      new client.Gauge({ name: `${PREFIX}_election_${name}`, help, labelNames: LABELS, registers })
    const counter = (name: string, help: string): Counted =>
      new client.Counter({ name: `${PREFIX}_election_${name}`, help, labelNames: LABELS, registers })

    const states = Object.entries(EXPORTED_STATES).map(([state, number]) => `${number} ${state}`)
    this.#state = gauge('state', `State of the election, as observed: ${states.join(', ')}.`)
    this.#leaderless = gauge('leaderless_seconds', 'How long the election has had no leader; 0 if it has one.')
    this.#duration = gauge('lease_duration_seconds', 'Lease duration of the last leader.')
    this.#transitions = counter('transitions_total', 'Changes of the leader, as observed.')
    this.#lateRenewals = counter('late_renewals_total', 'Renewals after more than two thirds of the lease duration, as observed.')
    this.#blocked = gauge('blocked_seconds', "How long a failover, or a block for maintenance, has blocked the lease; 0 if it is not blocked.")
    this.#candidates = gauge('candidate_pods', "Pods of the last leader's controller.")
    this.#ready = gauge('candidate_ready_seconds', 'How long a candidate Pod has been Ready while there was no leader.')
    this.#info = new client.Gauge({
      name: `${PREFIX}_election_info`,
      help: 'Pod and Node of the leader; empty if unknown.',
      labelNames: [...LABELS, 'holder_pod', 'holder_node'],
      registers,
    })
    this.#blind = new client.Gauge({
      name: `${PREFIX}_blind_seconds`,
      help: 'How long the exporter has not seen the elections; 0 if its view is current.',
      registers,
    })
    new client.Gauge({ name: `${PREFIX}_build_info`, help: 'Version of the exporter.', labelNames: ['version'], registers }).set({ version: VERSION }, 1)
    client.collectDefaultMetrics({ register: this.#registry })
  }

  /** Loads prom-client, which no other command needs. */
  static async create(): Promise<Exposition> {
    return new Exposition(await import('prom-client'))
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text({ readings, podsOf, blindMs }: Exported): Promise<string> {
    const perElection = [this.#state, this.#leaderless, this.#duration, this.#transitions, this.#lateRenewals, this.#blocked, this.#candidates, this.#ready, this.#info]
    for (const metric of perElection) metric.reset()
    this.#blind.set(blindMs / 1000)
    for (const reading of readings) {
      const { ref, state, leaderlessMs, leaseDurationMs, transitions, lateRenewals, blockedMs } = reading
      const labels = { namespace: ref.namespace, lease: ref.name, lock: ref.lock }
      const { holderPod, holderNode, candidates, readyForMs } = podsOf(reading.key)
      this.#state.set(labels, EXPORTED_STATES[state])
      this.#transitions.inc(labels, transitions)
      this.#lateRenewals.inc(labels, lateRenewals)
      this.#blocked.set(labels, blockedMs / 1000)
      if (leaderlessMs !== null) this.#leaderless.set(labels, leaderlessMs / 1000)
      if (leaseDurationMs !== null) this.#duration.set(labels, leaseDurationMs / 1000)
      if (candidates !== null) this.#candidates.set(labels, candidates)
      if (readyForMs !== null) this.#ready.set(labels, readyForMs / 1000)
      this.#info.set({ ...labels, holder_pod: holderPod, holder_node: holderNode }, 1)
    }
    return this.#registry.metrics()
  }
}

/** A counter that is reset and set anew for each scrape. */
type Counted = Counter<Label>
