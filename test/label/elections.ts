import type { ApiClient } from '../../shared/cluster/client.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'

/** An election whose leader a test chooses. */
export interface ChosenElection {
  /** Resolves once this Pod leads, to the time on the monotonic clock when it began; none if it is empty. */
  lead(pod: string): Promise<number>
  end(): Promise<void>
}

const MERGE = 'application/merge-patch+json'

/** An election of another program: the test writes its lease as a leader does that renews twice a second. */
export class ForeignElection implements ChosenElection, Disposable {
  readonly #client: ApiClient
  readonly #namespace: string
  readonly #name: string
  readonly #timer: NodeJS.Timeout
  #holder = ''
  #transitions = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(client: ApiClient, namespace: string, name: string) {
    this.#client = client
    this.#namespace = namespace
    this.#name = name
    this.#timer = setInterval(() => void this.#write().catch(() => undefined), 500)
  }

  async lead(pod: string): Promise<number> {
    this.#holder = pod === '' ? '' : `${pod}_${crypto.randomUUID()}`
    this.#transitions++
    await this.#write()
    return performance.now()
  }

  async end(): Promise<void> {
    this[Symbol.dispose]()
    await this.#writing
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #write(): Promise<unknown> {
    return (this.#writing = this.#writing.catch(() => undefined).then(() => this.#send()))
  }

  async #send(): Promise<unknown> {
    const now = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: this.#holder, leaseDurationSeconds: this.#holder === '' ? 1 : 15, leaseTransitions: this.#transitions, acquireTime: now, renewTime: now }
    const body = { metadata: { name: this.#name }, spec }
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${this.#namespace}/leases`
    return this.#client
      .request({ method: 'PATCH', path: `${leases}/${this.#name}`, body, contentType: MERGE, subject: { verb: 'patch' } })
      .catch(() => this.#client.request({ method: 'POST', path: leases, body, subject: { verb: 'create' } }))
  }
}

/** An election of kubectl-leader candidates: one releases, and the next acquires. */
export class OwnElection implements ChosenElection {
  readonly #lock: LeaseLock
  #over = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(client: ApiClient, namespace: string, name: string) {
    this.#lock = new LeaseLock(client, { namespace, name })
  }

  async lead(pod: string): Promise<number> {
    await this.end()
    if (pod === '') return performance.now()
    this.#over = new AbortController()
    const started = Promise.withResolvers<number>()
    const elector = new LeaderElector({
      lock: this.#lock,
      identity: pod,
      onStartedLeading: ({ signal }) => {
        started.resolve(performance.now())
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    })
    this.#running = elector.run(this.#over.signal).catch((error: unknown) => started.reject(error))
    return started.promise
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#running
  }
}
