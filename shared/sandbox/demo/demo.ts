import type { Clock } from '../../time/index.ts'
import { keyOf, newUid, type Storage, type StoredObject } from '../storage.ts'
import { CRASH, microTime, standForElection } from './candidate.ts'
import { DEMO_ELECTIONS, type DemoElection } from './elections.ts'
import {
  becameLeaderEvent,
  deploymentObject,
  namespaceObject,
  nodeObject,
  NODES,
  podObject,
  replicaSetObject,
  type PodState,
} from './objects.ts'
import { seededRandom } from './random.ts'
import { annotationRegister, leaseRegister, wholeSeconds, type Register } from './register.ts'

const DAY_MS = 86_400_000
/** How long a pod's container is down after it was stopped or died. */
const RESTART_MS = 4_000

/** What the demo runs on. */
export interface DemoOptions {
  readonly storage: Storage
  readonly clock: Clock
  /** The same seed makes the same things happen (default 1). */
  readonly seed?: number
}

/**
 * Fills a sandbox with a small cluster in which elections are under way, until `signal` is aborted: candidates in pods
 * that renew, hand over, and now and then die.
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const demo = new Demo(options)
  demo.plantCluster()
  const running = [
    ...DEMO_ELECTIONS.flatMap((election) => demo.runElection(election, signal)),
    ...demo.runHeartbeats(signal),
  ]
  await Promise.all(running)
}

class Demo {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #random: () => number

  constructor({ storage, clock, seed = 1 }: DemoOptions) {
    this.#storage = storage
    this.#clock = clock
    this.#random = seededRandom(seed)
  }

  plantCluster(): void {
    const created = this.#ago(30 * DAY_MS)
    for (const name of NODES) this.#put('nodes', nodeObject(name, created))
    const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease', ...DEMO_ELECTIONS.map(({ namespace }) => namespace)]
    for (const name of new Set(namespaces)) this.#put('namespaces', namespaceObject(name, created))
    // A job's election that nobody holds.
    this.#put('leases.coordination.k8s.io', {
      metadata: { name: 'orders-migration', namespace: 'default', uid: newUid(), creationTimestamp: this.#ago(2 * DAY_MS) },
      spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1, acquireTime: this.#micro(DAY_MS), renewTime: this.#micro(DAY_MS) },
    })
  }

  /** Stands in one election with all its pods, and lets things happen to the one that leads. */
  runElection(election: DemoElection, signal: AbortSignal): Promise<void>[] {
    const register = this.#register(election)
    this.#preset(election, register)
    let leader: DemoPod | null = null
    const pods = this.#pods(election).map((state) => new DemoPod(state, this.#storage, this.#clock))
    const standing = pods.map((pod) =>
      this.#untilAborted(signal, async () => {
        for (;;) {
          pod.start()
          const identity = `${election.pods === 'static' ? pod.state.node : pod.state.name}_${newUid()}`
          const onStartedLeading = (): void => {
            leader = pod
            this.#recordEvent(election, identity)
          }
          const life = AbortSignal.any([signal, pod.life.signal])
          await standForElection(register, { identity, timings: election.timings, clock: this.#clock, random: this.#random, onStartedLeading }, life)
          if (leader === pod) leader = null
          signal.throwIfAborted()
          pod.stop()
          await this.#clock.sleep(RESTART_MS, signal)
        }
      }),
    )
    const happening = (everyMs: number | undefined, happen: (pod: DemoPod) => void): Promise<void>[] =>
      everyMs === undefined
        ? []
        : [
            this.#untilAborted(signal, async () => {
              for (;;) {
                await this.#clock.sleep(everyMs * (0.5 + this.#random()), signal)
                if (leader) happen(leader)
              }
            }),
          ]
    const { handOverEveryMs, crashEveryMs } = election.happenings
    return [
      ...standing,
      ...happening(handOverEveryMs, (pod) => pod.life.abort()),
      ...happening(crashEveryMs, (pod) => pod.life.abort(CRASH)),
    ]
  }

  /** Kubelets' and the API server's leases, which are no elections. */
  runHeartbeats(signal: AbortSignal): Promise<void>[] {
    const apiServer = `apiserver-${newUid().replaceAll('-', '').slice(0, 26)}`
    const heartbeats = [
      ...NODES.map((node) => ({ namespace: 'kube-node-lease', name: node, holderIdentity: node, leaseDurationSeconds: 40, labels: {} })),
      {
        namespace: 'kube-system',
        name: apiServer,
        holderIdentity: `${apiServer}_${newUid()}`,
        leaseDurationSeconds: 3600,
        labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': NODES[0] },
      },
    ]
    return heartbeats.map(({ namespace, name, labels, ...spec }) => {
      const metadata = { name, namespace, uid: newUid(), creationTimestamp: this.#ago(30 * DAY_MS), labels }
      return this.#untilAborted(signal, async () => {
        for (;;) {
          this.#put('leases.coordination.k8s.io', { metadata, spec: { ...spec, renewTime: this.#micro(0) } })
          await this.#clock.sleep(10_000, signal)
        }
      })
    })
  }

  #register({ lock, namespace, name }: DemoElection): Register {
    const place = { namespace, name, clock: this.#clock }
    return lock === 'lease'
      ? leaseRegister({ ...place, collection: this.#storage.collection('leases.coordination.k8s.io') })
      : annotationRegister({ ...place, collection: this.#storage.collection('configmaps') })
  }

  /** An election with a past: it is days old, has moved before, and nobody holds it at this moment. */
  #preset(election: DemoElection, register: Register): void {
    register.write({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: this.#micro(1_000),
      renewTime: this.#micro(1_000),
      leaseTransitions: Math.floor(this.#random() * 40),
    })
    const collection = this.#storage.collection(election.lock === 'lease' ? 'leases.coordination.k8s.io' : 'configmaps')
    const object = collection.get(keyOf(election.namespace, election.name))!.object
    collection.put(keyOf(election.namespace, election.name), {
      ...object,
      metadata: { ...object.metadata, creationTimestamp: this.#ago(12 * DAY_MS) },
    })
  }

  #pods(election: DemoElection): PodState[] {
    const { namespace, app, pods, replicas } = election
    const created = this.#ago(5 * DAY_MS)
    const common = { namespace, app, created, restarts: 0, startedAt: created }
    if (pods === 'static') {
      return NODES.slice(0, replicas).map((node) => {
        const owner = { apiVersion: 'v1', kind: 'Node', name: node, uid: this.#uidOf('nodes', node) }
        return { ...common, name: `${app}-${node}`, node, owner, uid: newUid() }
      })
    }
    const deployment = deploymentObject({ namespace, name: app }, replicas, created)
    const replicaSet = replicaSetObject(deployment, this.#suffix(10), created)
    this.#put('deployments.apps', deployment)
    this.#put('replicasets.apps', replicaSet)
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet.metadata.name, uid: replicaSet.metadata.uid! }
    return Array.from({ length: replicas }, (_, index) => ({
      ...common,
      name: `${replicaSet.metadata.name}-${this.#suffix(5)}`,
      node: NODES[index % NODES.length]!,
      owner,
      uid: newUid(),
    }))
  }

  #recordEvent({ lock, namespace, name }: DemoElection, identity: string): void {
    const id = lock === 'lease' ? 'leases.coordination.k8s.io' : 'configmaps'
    const uid = this.#storage.collection(id).get(keyOf(namespace, name))?.object.metadata.uid ?? ''
    const kinds = lock === 'lease' ? { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' } : { kind: 'ConfigMap', apiVersion: 'v1' }
    this.#put('events', becameLeaderEvent({ ...kinds, namespace, name, uid }, identity, this.#ago(0), this.#suffix(16)))
  }

  /** Runs until the signal ends it; every other error is a fault of the demo and goes on to the caller. */
  async #untilAborted(signal: AbortSignal, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #put(resourceId: string, object: StoredObject): void {
    this.#storage.collection(resourceId).put(keyOf(object.metadata.namespace, object.metadata.name), object)
  }

  #uidOf(resourceId: string, name: string): string {
    return this.#storage.collection(resourceId).get(name)!.object.metadata.uid!
  }

  #suffix(length: number): string {
    return Array.from({ length }, () => 'bcdfghjklmnpqrstvwxz2456789'[Math.floor(this.#random() * 27)]).join('')
  }

  #ago(ms: number): string {
    return wholeSeconds(this.#clock.wallMs() - ms)
  }

  #micro(agoMs: number): string {
    return microTime(this.#clock.wallMs() - agoMs, this.#random)
  }
}

/** A pod whose one container starts, stops and starts again. */
class DemoPod {
  state: PodState
  /** Aborted to end the container's present life. */
  life = new AbortController()
  readonly #storage: Storage
  readonly #clock: Clock

  constructor(state: PodState, storage: Storage, clock: Clock) {
    this.state = state
    this.#storage = storage
    this.#clock = clock
  }

  start(): void {
    this.life = new AbortController()
    this.#show({ startedAt: this.state.restarts === 0 ? this.state.created : wholeSeconds(this.#clock.wallMs()) })
  }

  stop(): void {
    this.#show({ startedAt: null, restarts: this.state.restarts + 1 })
  }

  #show(change: Partial<PodState>): void {
    this.state = { ...this.state, ...change }
    this.#storage.collection('pods').put(keyOf(this.state.namespace, this.state.name), podObject(this.state))
  }
}
