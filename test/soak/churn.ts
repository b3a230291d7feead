import type { Sandbox } from '../../shared/sandbox/index.ts'
import type { Random } from '../simulation/random.ts'

const LEASES = 'leases.coordination.k8s.io'
const MOST = 300

/** Elections of other people: created, renewed, taken, released and deleted all the time, past all faults. */
export class Churn {
  readonly #sandbox: Sandbox
  readonly #random: Random
  readonly #names = new Set<string>()
  #count = 0

  constructor(sandbox: Sandbox, random: Random) {
    this.#sandbox = sandbox
    this.#random = random
  }

  /** One change. */
  step(): void {
    const names = [...this.#names]
    if (names.length < MOST / 2 || (names.length < MOST && this.#random.chance(0.1))) {
      this.#write(`churn-${this.#random.integer(0, 4 * MOST)}`)
      return
    }
    const name = this.#random.pick(names)
    if (this.#random.chance(0.05)) {
      this.#sandbox.uproot(LEASES, 'default', name)
      this.#names.delete(name)
    } else {
      this.#write(name)
    }
  }

  #write(name: string): void {
    const now = new Date().toISOString().replace('Z', '000Z')
    const holderIdentity = this.#random.chance(0.1) ? '' : `pod-${this.#random.integer(0, 3)}`
    this.#sandbox.plant(LEASES, {
      metadata: { namespace: 'default', name },
      spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: this.#count++, acquireTime: now, renewTime: now },
    })
    this.#names.add(name)
  }
}
