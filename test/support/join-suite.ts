import { writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { JoinScene, type Joined } from './join-scene.ts'

const LEASES = 'leases.coordination.k8s.io'
/** Short: what matters is what comes before what. */
const TIMINGS = ['--lease-duration', '4s', '--renew-deadline', '2s', '--retry-period', '500ms']
export const LEASE_MS = 4_000

export interface StoredSpec {
  readonly holderIdentity: string
  readonly leaseTransitions: number
  readonly leaseDurationSeconds: number
  readonly renewTime: string
}

/** A sandbox for the tests of one file, and a new election in it for each. */
export class JoinSuite {
  sandbox!: Sandbox
  scene!: JoinScene
  name!: string
  #names = 0

  constructor() {
    beforeAll(async () => {
      this.sandbox = await startSandbox()
    })
    beforeEach(async () => {
      this.name = `election-${++this.#names}`
      this.scene = await JoinScene.open()
      await this.use()
    })
    afterEach(async () => {
      this.sandbox.faults.clear()
      await this.scene[Symbol.asyncDispose]()
    })
    afterAll(() => this.sandbox.close())
  }

  /** Writes the kubeconfig that the test's joins have: by default the administrator's. */
  async use(user?: string): Promise<void> {
    await writeFile(this.scene.file('config'), JSON.stringify(this.sandbox.kubeconfig(user === undefined ? {} : { user })))
  }

  join(...args: readonly string[]): Joined {
    return this.scene.start([this.name, ...args], { KUBECONFIG: this.scene.file('config') })
  }

  joinJson(...args: readonly string[]): Joined {
    return this.join('-o', 'json', ...TIMINGS, ...args)
  }

  stored(): StoredSpec | undefined {
    return (this.sandbox.peek(LEASES, 'default', this.name) as { spec: StoredSpec } | undefined)?.spec
  }

  plant(holderIdentity: string, spec: object = {}, metadata: object = {}): void {
    const renewTime = new Date().toISOString().replace('Z', '000Z')
    this.sandbox.plant(LEASES, {
      metadata: { namespace: 'default', name: this.name, ...metadata },
      spec: { holderIdentity, leaseDurationSeconds: 4, leaseTransitions: 1, acquireTime: renewTime, renewTime, ...spec },
    })
  }
}
