import { setTimeout as delay } from 'node:timers/promises'
import type { Sandbox } from '../../../shared/sandbox/index.ts'
import type { Random } from '../../simulation/random.ts'

const LEASES = 'leases.coordination.k8s.io'
export const NAMESPACE = 'shop'
const LEASE_SECONDS = 6
/** Clearly in time, late, and expired, on a slow machine too. */
const RENEWED_MS = 2_000
const LATE_MS = 5_000
const EXPIRED_MS = 8_000

/** A write, as the server took it. */
export interface Written {
  readonly name: string
  readonly holderIdentity: string
  readonly fromMs: number
  readonly toMs: number
}

/** Elections with all that can happen to them: on-time and late renewals, expiry, release, takeover, deletion. */
export class Elections {
  readonly written: Written[] = []
  readonly #sandbox: Sandbox
  #transitions = 0

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    sandbox.plant('namespaces', { metadata: { name: NAMESPACE }, status: { phase: 'Active' } })
  }

  /** Runs one election until the signal is aborted. */
  async run(name: string, random: Random, signal: AbortSignal): Promise<void> {
    let leader = 'pod-0'
    this.#write(name, leader)
    while (!signal.aborted) {
      const deed = random.next()
      const waitMs = deed < 0.06 ? LATE_MS : deed < 0.12 ? EXPIRED_MS : RENEWED_MS
      await delay(waitMs * random.between(0.95, 1.05), undefined, { signal }).catch(() => undefined)
      if (deed >= 0.2 || (deed >= 0.06 && deed < 0.09)) this.#write(name, leader)
      else if (deed < 0.14) this.#write(name, (leader = `pod-${++this.#transitions}`))
      else if (deed < 0.18) {
        this.#write(name, '')
        await delay(RENEWED_MS, undefined, { signal }).catch(() => undefined)
        this.#write(name, (leader = `pod-${++this.#transitions}`))
      } else {
        this.#sandbox.uproot(LEASES, NAMESPACE, name)
        await delay(RENEWED_MS, undefined, { signal }).catch(() => undefined)
        this.#write(name, leader)
      }
    }
  }

  #write(name: string, holderIdentity: string): void {
    const fromMs = Date.now()
    const now = new Date(fromMs).toISOString().replace('Z', '000Z')
    const leaseDurationSeconds = holderIdentity === '' ? 1 : LEASE_SECONDS
    const spec = { holderIdentity, leaseDurationSeconds, leaseTransitions: this.#transitions, acquireTime: now, renewTime: now }
    this.#sandbox.plant(LEASES, { metadata: { namespace: NAMESPACE, name }, spec })
    this.written.push({ name, holderIdentity, fromMs, toMs: Date.now() })
  }
}
