import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Clock } from '../../time/clock.ts'
import type { Lock } from '../../locks/lock.ts'
import type { PlantedObject, Sandbox } from '../index.ts'
import { CRASH, microTime, standForElection, type CandidateOptions } from './candidate.ts'
import { DEMO_ELECTIONS, ZOMBIE, type DemoElection } from './elections.ts'
import {
  becameLeaderEvent,
  deploymentObject,
  namespaceObject,
  nodeObject,
  NODES,
  replicaSetObject,
  wholeSeconds,
  type PodState,
} from './objects.ts'
import { DemoPod } from './pod.ts'
import { seededRandom } from './random.ts'
import { configMapRegister, leaseRegister, type Register } from './register.ts'

const DAY_MS = 86_400_000
/** How long a pod's container is down after it was stopped or died. */
const RESTART_MS = 8_000
/** Within this time all pods have started. */
const STARTING_MS = 1_000
/** How often a leader writes a line of its log. */
const WORK_MS = 3_000
/** How often kubelets and API servers renew their leases. */
const HEARTBEAT_MS = 10_000

const LEASES = 'leases.coordination.k8s.io'

export interface DemoOptions {
  readonly sandbox: Sandbox
  readonly clock: Clock
  /** The same seed makes the same things happen; default 1. */
  readonly seed?: number
  /**
   * Makes the lock of a Lease for this project's own elector, which reaches the sandbox as it would any API server.
   * Without it, the elections that have such candidates are left out.
   */
  readonly lockFor?: LockMaker
  /** What is in the cluster; default {@link DEMO_ELECTIONS}. */
  readonly elections?: readonly DemoElection[]
}

/** See {@link DemoOptions.lockFor}. */
export type LockMaker = (place: { readonly namespace: string; readonly name: string }) => Lock

/** The demo under way. */
export interface Demo {
  /** Resolves when everything has stopped after the signal; rejects where something in the demo went wrong. */
  readonly ended: Promise<void>
  /** Stops the leader of an election in good order, as also happens on its own; without a leader, does nothing. */
  handOver(namespace: string, name: string): void
}

/**
 * Fills a sandbox with a small cluster, and runs elections in it until `signal` is aborted: candidates in pods that
 * renew, change leaders, and now and then fail. What it plants exists when this returns.
 */
export function startDemo(options: DemoOptions, signal: AbortSignal): Demo {
  const cluster = new DemoCluster(options, signal)
  cluster.plantBasics()
  const elections = (options.elections ?? DEMO_ELECTIONS).filter(({ isOurs }) => !isOurs || options.lockFor)
  const running = [...cluster.runHeartbeats(), ...elections.flatMap((election) => cluster.runElection(election))]
  return { ended: Promise.all(running).then(() => undefined), handOver: (namespace, name) => cluster.handOver(namespace, name) }
}

class DemoCluster {
  readonly #sandbox: Sandbox
  readonly #clock: Clock
  readonly #random: () => number
  readonly #signal: AbortSignal
  readonly #lockFor: LockMaker | undefined
  /** The pods that lead, by `namespace/name` of their elections. */
  readonly #leaders = new Map<string, DemoPod>()

  constructor({ sandbox, clock, seed = 1, lockFor }: DemoOptions, signal: AbortSignal) {
    this.#sandbox = sandbox
    this.#clock = clock
    this.#random = seededRandom(seed)
    this.#signal = signal
    this.#lockFor = lockFor
  }

  plantBasics(): void {
    const created = this.#ago(30 * DAY_MS)
    for (const name of NODES) this.#sandbox.plant('nodes', nodeObject(name, created))
    for (const { namespace } of DEMO_ELECTIONS) this.#sandbox.plant('namespaces', namespaceObject(namespace, created))
    // The election of a finished job: it has no holder.
    const metadata = { namespace: 'default', name: 'orders-migration', creationTimestamp: this.#ago(2 * DAY_MS) }
    this.#sandbox.plant(LEASES, { metadata, spec: { ...this.#releasedRecord(DAY_MS), leaseTransitions: 1 } })
    this.#plantZombie()
  }

  #plantZombie(): void {
    const { namespace, name, holderPod, leaseDurationSeconds, lastRenewedAgoMs } = ZOMBIE
    const created = this.#ago(12 * DAY_MS)
    this.#sandbox.plant('deployments.apps', deploymentObject({ namespace, name }, 0, created))
    this.#sandbox.plant(LEASES, {
      metadata: { namespace, name, creationTimestamp: created },
      spec: {
        holderIdentity: `${holderPod}_${randomUUID()}`,
        leaseDurationSeconds,
        leaseTransitions: 4,
        acquireTime: this.#micro(DAY_MS),
        renewTime: this.#micro(lastRenewedAgoMs),
      },
    })
  }

  /** The leases of kubelets and of the API server, which are no elections. */
  runHeartbeats(): Promise<void>[] {
    const apiServer = `apiserver-${randomUUID().replaceAll('-', '').slice(0, 26)}`
    const labels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': NODES[0] }
    const identity = `${apiServer}_${randomUUID()}`
    return [
      this.#beat(
        { namespace: 'kube-system', name: apiServer, labels },
        { holderIdentity: identity, leaseDurationSeconds: 3600 },
      ),
      ...NODES.map((node) =>
        this.#beat({ namespace: 'kube-node-lease', name: node }, { holderIdentity: node, leaseDurationSeconds: 40 }),
      ),
    ]
  }

  handOver(namespace: string, name: string): void {
    this.#leaders.get(`${namespace}/${name}`)?.life.abort()
  }

  /** Runs all of its Pods as candidates of one election, and lets things happen to the leader. */
  runElection(election: DemoElection): Promise<void>[] {
    const register = this.#register(election)
    const key = `${election.namespace}/${election.name}`
    const lives = this.#pods(election).map((pod) =>
      this.#untilAborted(async () => {
        pod.start()
        // Pods don't start all at once, so that it is not always the first one that leads.
        await this.#clock.sleep(this.#random() * STARTING_MS, this.#signal)
        for (;;) {
          pod.start()
          const identity = `${election.pods === 'static' ? pod.state.node : pod.state.name}_${randomUUID()}`
          const life = AbortSignal.any([this.#signal, pod.life.signal])
          const onStartedLeading = (): void => {
            this.#leaders.set(key, pod)
            this.#recordEvent(election, identity)
            pod.log(`successfully acquired lease ${election.namespace}/${election.name}`)
            void this.#work(pod, life)
          }
          const candidate = {
            identity,
            timings: election.timings,
            clock: this.#clock,
            random: this.#random,
            onStartedLeading,
          }
          pod.log(`attempting to acquire leader lease ${election.namespace}/${election.name}...`)
          if (election.isOurs) await this.#standAsOurs(election, candidate, life)
          else await standForElection(register, candidate, life)
          if (this.#leaders.get(key) === pod) {
            this.#leaders.delete(key)
            if (pod.life.signal.reason !== CRASH) pod.log('stopped leading, shutting down')
          }
          this.#signal.throwIfAborted()
          pod.stop()
          await this.#clock.sleep(RESTART_MS, this.#signal)
        }
      }),
    )
    const { handOverEveryMs, crashEveryMs } = election.happenings
    return [
      ...lives,
      this.#nowAndThen(handOverEveryMs, () => this.#leaders.get(key)?.life.abort()),
      this.#nowAndThen(crashEveryMs, () => this.#leaders.get(key)?.life.abort(CRASH)),
    ]
  }

  async #standAsOurs(
    { namespace, name }: DemoElection,
    { identity, timings, clock, random, onStartedLeading }: CandidateOptions,
    life: AbortSignal,
  ): Promise<void> {
    const { LeaderElector } = await import('../../election/elector.ts')
    const elector = new LeaderElector({
      lock: this.#lockFor!({ namespace, name }),
      identity,
      ...timings,
      clock,
      random,
      onStartedLeading: async ({ signal }) => {
        onStartedLeading()
        if (!signal.aborted) await once(signal, 'abort')
      },
    })
    await elector.run(life)
  }

  /** What a leader's log shows it to do. */
  async #work(pod: DemoPod, life: AbortSignal): Promise<void> {
    try {
      for (let round = 1; ; round++) {
        await this.#clock.sleep(WORK_MS, life)
        pod.log(`reconciled ${3 + Math.floor(10 * this.#random())} objects in round ${round}`)
      }
    } catch (error) {
      if (!life.aborted) throw error
    }
  }

  /** Where the election is kept. It has a past: it is days old, has moved before, and was just released. */
  #register({ lock, namespace, name }: DemoElection): Register {
    const metadata = { namespace, name, creationTimestamp: this.#ago(12 * DAY_MS) }
    this.#sandbox.plant(lock === 'lease' ? LEASES : 'configmaps', { metadata })
    const place = { sandbox: this.#sandbox, namespace, name }
    const register = lock === 'lease' ? leaseRegister(place) : configMapRegister(place)
    register.write({ ...this.#releasedRecord(1_000), leaseTransitions: Math.floor(this.#random() * 40) })
    return register
  }

  #pods({ namespace, app, pods, replicas }: DemoElection): DemoPod[] {
    const created = this.#ago(5 * DAY_MS)
    const common = { namespace, app, created, restarts: 0, startedAt: created }
    const pod = (state: Pick<PodState, 'name' | 'labels' | 'node' | 'isHostNetwork' | 'owner'>): DemoPod =>
      new DemoPod({ ...common, ...state }, this.#sandbox, this.#clock)
    if (pods === 'static') {
      return NODES.slice(0, replicas).map((node) => {
        const owner = { apiVersion: 'v1', kind: 'Node', name: node, uid: this.#uidOf('nodes', '', node) }
        return pod({ name: `${app}-${node}`, labels: { component: app, tier: 'control-plane' }, node, isHostNetwork: true, owner })
      })
    }
    this.#sandbox.plant('deployments.apps', deploymentObject({ namespace, name: app }, replicas, created))
    const deployment = {
      kind: 'Deployment',
      namespace,
      name: app,
      uid: this.#uidOf('deployments.apps', namespace, app),
    }
    const hash = this.#suffix(10)
    const replicaSet = replicaSetObject(deployment, replicas, hash, created)
    this.#sandbox.plant('replicasets.apps', replicaSet)
    const { name } = replicaSet.metadata
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name,
      uid: this.#uidOf('replicasets.apps', namespace, name),
    }
    return Array.from({ length: replicas }, (_, index) =>
      pod({
        name: `${name}-${this.#suffix(5)}`,
        labels: { app, 'pod-template-hash': hash },
        node: NODES[index % NODES.length]!,
        isHostNetwork: false,
        owner,
      }),
    )
  }

  #recordEvent({ lock, namespace, name }: DemoElection, identity: string): void {
    const uid = this.#uidOf(lock === 'lease' ? LEASES : 'configmaps', namespace, name)
    const kind =
      lock === 'lease'
        ? { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' }
        : { kind: 'ConfigMap', apiVersion: 'v1' }
    this.#sandbox.plant(
      'events',
      becameLeaderEvent({ ...kind, namespace, name, uid }, identity, this.#ago(0), this.#suffix(16)),
    )
  }

  #beat(metadata: PlantedObject['metadata'], spec: object): Promise<void> {
    return this.#untilAborted(async () => {
      const creationTimestamp = this.#ago(30 * DAY_MS)
      for (;;) {
        this.#sandbox.plant(LEASES, {
          metadata: { ...metadata, creationTimestamp },
          spec: { ...spec, renewTime: this.#micro(0) },
        })
        await this.#clock.sleep(HEARTBEAT_MS, this.#signal)
      }
    })
  }

  /** Lets something happen after half to one and a half of the time given, again and again; never, where none is. */
  #nowAndThen(everyMs: number | undefined, happen: () => void): Promise<void> {
    return this.#untilAborted(async () => {
      while (everyMs !== undefined) {
        await this.#clock.sleep(everyMs * (0.5 + this.#random()), this.#signal)
        happen()
      }
    })
  }

  async #untilAborted(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!this.#signal.aborted) throw error
    }
  }

  #releasedRecord(agoMs: number): {
    holderIdentity: string
    leaseDurationSeconds: number
    acquireTime: string
    renewTime: string
  } {
    return {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: this.#micro(agoMs),
      renewTime: this.#micro(agoMs),
    }
  }

  #uidOf(resource: string, namespace: string, name: string): string {
    const object = this.#sandbox.peek(resource, namespace, name) as PlantedObject | undefined
    return object?.metadata['uid'] as string
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
