import { diagnose, type Diagnosis, type DiagnoseOptions } from '../../shared/actions/doctor.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ElectionScope } from '../../shared/cluster/elections/scope.ts'
import { becameLeaderEvent } from '../../shared/sandbox/demo/objects.ts'
import { systemClock, type Clock } from '../../shared/time/clock.ts'
import { MERGE_PATCH, type HttpApi, type Reply } from '../support/http-api.ts'
import type { Fault, PodPlan, Spec } from './faults.ts'

/** Where faults are planted: a sandbox, or a real API server. */
export interface DoctorWorld {
  readonly admin: HttpApi
  /** @param user default: the administrator */
  client(user?: string): Promise<ApiClient>
  /** Lets a user do something in a namespace. Resolves when the API server goes by it. */
  grant(user: string, namespace: string, rules: readonly GrantedRule[]): Promise<void>
}

export interface GrantedRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** The users of a world, beside its administrator. */
export const VIEWER = 'viewer'
export const LEASE_READER = 'lease-reader'

export const LEASES_ONLY: GrantedRule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] }
export const EVENTS_TOO: GrantedRule = { apiGroups: [''], resources: ['events'], verbs: ['create'] }

const leasesIn = (namespace: string): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
const NODES = ['good-node', 'bad-node']

/** Faults in a namespace of their own, with whatever goes on in them. */
export class DoctorScene implements AsyncDisposable {
  readonly #world: DoctorWorld
  readonly #namespace: string
  readonly #over = new AbortController()
  readonly #toGoOn: (() => Promise<void>)[] = []
  readonly #goingOn: Promise<void>[] = []

  constructor(world: DoctorWorld, namespace: string) {
    this.#world = world
    this.#namespace = namespace
  }

  /** Plants all of them. What goes on does so from the first diagnosis on. */
  async plant(faults: readonly Fault[]): Promise<void> {
    const { admin } = this.#world
    await done(admin.post('/api/v1/namespaces', { metadata: { name: this.#namespace } }))
    for (const name of NODES) {
      const made = await admin.post('/api/v1/nodes', { metadata: { name } })
      if (made.status !== 409) await this.#status(`/api/v1/nodes/${name}`, { conditions: [{ type: 'Ready', status: name === 'good-node' ? 'True' : 'False' }] })
    }
    for (const fault of faults) await this.#plantOne(fault)
  }

  /** The diagnosis of what was planted. */
  async diagnose(options: DiagnoseOptions & { user?: string; clock?: Clock; scope?: Partial<ElectionScope> } = {}): Promise<Diagnosis> {
    const { user, clock = systemClock, scope, ...rest } = options
    const client = await this.#world.client(user)
    this.#goingOn.push(...this.#toGoOn.splice(0).map((goOn) => goOn()))
    try {
      return await diagnose(client, clock, { namespaces: [this.#namespace], ...scope }, rest)
    } finally {
      client.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    await Promise.all(this.#goingOn)
  }

  async #plantOne(fault: Fault): Promise<void> {
    const { admin } = this.#world
    const { name, spec, annotations } = fault
    for (const pod of fault.pods ?? []) await this.#plantPod(pod)
    for (const [index, identity] of (fault.events ?? []).entries()) await this.#plantEvent(name, identity, index)
    await done(
      admin.post(leasesIn(this.#namespace), { metadata: { name, ...(annotations && { annotations }) }, spec: recordOf(spec) }),
    )
    if (fault.hasOtherHalf) {
      const leader = JSON.stringify({ holderIdentity: spec.holderIdentity, leaseDurationSeconds: spec.leaseDurationSeconds })
      const metadata = { name, annotations: { 'control-plane.alpha.kubernetes.io/leader': leader } }
      await done(admin.post(`/api/v1/namespaces/${this.#namespace}/configmaps`, { metadata }))
    }
    const { goesOn } = fault
    if (goesOn) this.#toGoOn.push(() => this.#goOn(fault, goesOn))
  }

  async #goOn({ name, spec }: Fault, turns: NonNullable<Fault['goesOn']>): Promise<void> {
    const signal = this.#over.signal
    try {
      for (let turn = 0; ; turn = (turn + 1) % turns.length) {
        const [afterMs, change] = turns[turn]!
        await systemClock.sleep(afterMs, signal)
        const { renewTime, ...record } = recordOf({ ...spec, ...change })
        const { acquireTime: _, ...next } = record as Record<string, unknown>
        await done(this.#world.admin.patch(MERGE_PATCH, `${leasesIn(this.#namespace)}/${name}`, { spec: { ...next, renewTime } }))
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #plantPod({ name, controller, labels, serviceAccount, node, status }: PodPlan): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods`
    const metadata = {
      name,
      ...(labels && { labels }),
      ...(controller && { ownerReferences: [{ ...controller, uid: `uid-of-${controller.name}`, controller: true }] }),
    }
    const spec = {
      nodeName: node ?? 'good-node',
      serviceAccountName: serviceAccount ?? 'candidate',
      containers: [{ name: 'main', image: 'none' }],
    }
    await done(this.#world.admin.post(path, { metadata, spec }))
    if (status) await this.#status(`${path}/${name}`, status)
  }

  async #plantEvent(lease: string, identity: string, index: number): Promise<void> {
    const at = new Date(systemClock.wallMs()).toISOString().replace(/\.\d+Z$/, 'Z')
    const about = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: this.#namespace, name: lease, uid: '' }
    const event = becameLeaderEvent(about, identity, at, String(index))
    await done(this.#world.admin.post(`/api/v1/namespaces/${this.#namespace}/events`, event))
  }

  async #status(path: string, status: object): Promise<void> {
    await done(this.#world.admin.patch(MERGE_PATCH, `${path}/status`, { status }))
  }
}

function recordOf(spec: Spec): Record<string, unknown> {
  const { acquiredAgo, renewedAgo = 0, ...rest } = spec
  const ago = (seconds: number): string => new Date(systemClock.wallMs() - seconds * 1000).toISOString().replace('Z', '000Z')
  return {
    ...rest,
    ...(renewedAgo !== null && { renewTime: ago(renewedAgo), acquireTime: ago(acquiredAgo ?? renewedAgo) }),
  }
}

async function done(reply: Promise<Reply>): Promise<void> {
  const { status, text } = await reply
  if (status >= 300) throw new Error(`${status}: ${text}`)
}
