import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { Leadership } from '../../shared/election/leadership.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import type { Random } from '../simulation/random.ts'

const TIMINGS = { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 400 }

interface Acting {
  readonly identity: string
  readonly leadership: Leadership
}

/** One election with three candidates, which come and go; what must never be is told to `onViolation`. */
export class Contest {
  readonly name: string
  #terms = 0
  readonly #acting = new Set<Acting>()
  readonly #onViolation: (what: string) => void
  readonly #random: Random
  readonly #clients: readonly ApiClient[]
  readonly #stops = new Map<number, AbortController>()
  readonly #runs = new Set<Promise<unknown>>()
  #lastToken = 0n

  private constructor(name: string, clients: readonly ApiClient[], random: Random, onViolation: (what: string) => void) {
    this.name = name
    this.#clients = clients
    this.#random = random
    this.#onViolation = onViolation
  }

  static async start(name: string, sandbox: Sandbox, random: Random, onViolation: (what: string) => void): Promise<Contest> {
    const kubeConfig = { exportConfig: () => JSON.stringify(sandbox.kubeconfig()) }
    const connecting = [0, 1, 2].map(() => connect({ kubeConfig, requestTimeoutMs: 1000 }, { env: {}, clock: systemClock, version: 'soak' }))
    const contest = new Contest(name, await Promise.all(connecting), random, onViolation)
    for (const index of contest.#clients.keys()) contest.#stand(index)
    return contest
  }

  get terms(): number {
    return this.#terms
  }

  /** Who acts now; null where nobody does. */
  get leader(): string | null {
    return [...this.#acting].find(({ leadership }) => !leadership.signal.aborted)?.identity ?? null
  }

  /** One candidate leaves, and another takes its place. */
  async replaceOne(): Promise<void> {
    const index = this.#random.integer(0, this.#clients.length - 1)
    this.#stops.get(index)?.abort()
    await new Promise((resolve) => setTimeout(resolve, 50))
    this.#stand(index)
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.values()) stop.abort()
    await Promise.all(this.#runs)
    for (const client of this.#clients) client.close()
  }

  #stand(index: number): void {
    const stop = new AbortController()
    this.#stops.set(index, stop)
    const identity = `${this.name}-${index}-${this.#random.integer(0, 1e9)}`
    const elector = new LeaderElector({
      ...TIMINGS,
      lock: new LeaseLock(this.#clients[index]!, { namespace: 'default', name: this.name }),
      identity,
      rejoin: true,
      random: () => this.#random.next(),
      onStartedLeading: (leadership) => this.#act({ identity, leadership }),
      onOverran: () => this.#onViolation(`${identity} overran its lease`),
    })
    const run = elector.run(stop.signal).catch((error: unknown) => this.#onViolation(`${identity} failed: ${String(error)}`))
    this.#runs.add(run)
    void run.finally(() => this.#runs.delete(run))
  }

  async #act(acting: Acting): Promise<void> {
    const { identity, leadership } = acting
    for (const other of this.#acting) {
      if (!other.leadership.signal.aborted) this.#onViolation(`${identity} leads beside ${other.identity}`)
    }
    const token = BigInt(leadership.fencingToken)
    if (token <= this.#lastToken) this.#onViolation(`${identity} has the token ${token} after ${this.#lastToken}`)
    this.#lastToken = token
    this.#terms++
    this.#acting.add(acting)
    await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve, { once: true }))
    this.#acting.delete(acting)
  }
}
