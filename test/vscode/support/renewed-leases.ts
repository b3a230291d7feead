import { setTimeout as delay } from 'node:timers/promises'
import type { Sandbox } from '../../../shared/sandbox/index.ts'

const LEASES = 'leases.coordination.k8s.io'

export interface RenewedLeasesOptions {
  readonly sandbox: Sandbox
  /** Names of namespaces, with how many elections each has. */
  readonly namespaces: Readonly<Record<string, number>>
  /** How many renewals there are a second, over all. Without it, each lease is renewed every 2 s. */
  readonly renewalsPerSecond?: number
}

interface RenewedLease {
  readonly namespace: string
  readonly name: string
  readonly holderIdentity: string
  readonly leaseTransitions: number
  readonly acquireTime: string
}

/** Renewals come in batches, this many milliseconds apart. */
const BATCH_MS = 100

/** Elections in a sandbox whose leaders renew all the time, until they are disposed of. */
export class RenewedLeases implements AsyncDisposable {
  readonly #sandbox: Sandbox
  readonly #leases: RenewedLease[]
  readonly #stop = new AbortController()
  readonly #renewing: Promise<void>

  constructor({ sandbox, namespaces, renewalsPerSecond }: RenewedLeasesOptions) {
    this.#sandbox = sandbox
    this.#leases = Object.entries(namespaces).flatMap(([namespace, count]) =>
      Array.from({ length: count }, (_, index) => {
        const name = `election-${String(index).padStart(4, '0')}`
        return { namespace, name, holderIdentity: `${name}-7d4f9c6b5-x2k9p_3b1f0a52-7f60-4c7c-9a51-2d0c8f1f9e11`, leaseTransitions: 3, acquireTime: now() }
      }),
    )
    for (const namespace of Object.keys(namespaces)) {
      sandbox.plant('namespaces', { metadata: { name: namespace }, status: { phase: 'Active' } })
    }
    for (let index = 0; index < this.#leases.length; index++) this.#renew(index)
    this.#renewing = this.#run(renewalsPerSecond ?? this.#leases.length / 2)
  }

  /** From now on, this holder leads. */
  handOver(namespace: string, name: string, holderIdentity: string): void {
    const index = this.#leases.findIndex((lease) => lease.namespace === namespace && lease.name === name)
    const lease = this.#leases[index]!
    this.#leases[index] = { ...lease, holderIdentity, leaseTransitions: lease.leaseTransitions + 1, acquireTime: now() }
    this.#renew(index)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#renewing
  }

  async #run(renewalsPerSecond: number): Promise<void> {
    const startMs = performance.now()
    let done = 0
    while (!this.#stop.signal.aborted) {
      const due = ((performance.now() - startMs) / 1000) * renewalsPerSecond
      for (; done < due; done++) this.#renew(done % this.#leases.length)
      await delay(BATCH_MS)
    }
  }

  #renew(index: number): void {
    const { namespace, name, ...term } = this.#leases[index]!
    this.#sandbox.plant(LEASES, { metadata: { namespace, name }, spec: { ...term, leaseDurationSeconds: 15, renewTime: now() } })
  }
}

/** As client-go writes it: with microseconds. */
function now(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
