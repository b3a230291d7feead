import { randomUUID } from 'node:crypto'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { Candidate, pause, type CandidateProgram } from '../bench/election-candidate.ts'
import { overlapsOf, type Overlap } from '../interop/leadership.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import type { Term } from './candidate-pod.ts'
import type { Timings } from './pod-election.ts'

/** A Pod of a {@link NodeCluster}: on which Node, and in which elections its program runs as a candidate. */
export interface PodPlan {
  readonly name: string
  readonly node: string
  readonly elections: readonly string[]
  /** `ours` is the built `kubectl leader join`, which announces itself. */
  readonly kind?: 'client-go' | 'ours'
  /** How long its program takes to start again after it has ended; milliseconds. Null: it is never started again. */
  readonly restartMs?: number | null
  /** Whether a client-go candidate goes on as a standby after it has lost the lease, with the same identity. */
  readonly rejoins?: boolean
  /** Whether its identity is the name of its Pod, and nothing more. */
  readonly isNamedAsPod?: boolean
  /** Static Pods have their Node for an owner, and its name in their identities. */
  readonly isStatic?: boolean
  /** If it is deleted, its program ends as on SIGTERM, and another Pod takes its place, as of a ReplicaSet. */
  readonly isReplaced?: boolean
}

const NAMESPACE = 'default'
const PATIENCE_MS = 180_000
/** The kubelet reports the start of containers in whole seconds. */
const RESTART_MS = 1_000

/**
 * Nodes and Pods made by hand on a real API server, with candidates as processes of this machine. As a kubelet does, it
 * restarts a program that ends, reports when it was started, and ends the program of a deleted Pod; as controllers do, a
 * client-go candidate that becomes the leader leaves an Event, and a deleted Pod is replaced by another one.
 */
export class NodeCluster implements AsyncDisposable {
  readonly pods: readonly NodePod[]
  readonly #client: ApiClient

  private constructor(client: ApiClient, pods: readonly NodePod[]) {
    this.#client = client
    this.pods = pods
  }

  /** Resolves when each election has one leader, and every other candidate has read its lease. */
  static async create(
    client: ApiClient,
    world: { readonly clientGo: string; readonly kubeconfig: string; readonly timings: Timings },
    nodes: Readonly<Record<string, string>>,
    plans: readonly PodPlan[],
  ): Promise<NodeCluster> {
    for (const [name, zone] of Object.entries(nodes)) {
      await request(client, 'POST', '/api/v1/nodes', { metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } })
      await request(client, 'PATCH', `/api/v1/nodes/${name}/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    }
    const pods: NodePod[] = []
    for (const plan of plans) pods.push(await NodePod.start(client, world, plan))
    const cluster = new NodeCluster(client, pods)
    await cluster.settle()
    return cluster
  }

  get elections(): readonly string[] {
    return [...new Set(this.pods.flatMap(({ plan }) => plan.elections))]
  }

  termsOf(election: string): readonly Term[] {
    return this.pods.flatMap((pod) => pod.termsOf(election)).sort((a, b) => a.fromMs - b.fromMs)
  }

  /** By election. */
  get overlaps(): Readonly<Record<string, readonly Overlap[]>> {
    const all = this.elections.map((election) => [election, overlapsOf(this.termsOf(election), [])] as const)
    return Object.fromEntries(all.filter(([, overlaps]) => overlaps.length > 0))
  }

  /** The Pod that leads, by the journals of the candidates; null if there is none, or more than one. */
  leaderOf(election: string): NodePod | null {
    const leading = this.pods.filter((pod) => pod.termsOf(election).at(-1)?.untilMs === Infinity)
    return leading.length === 1 ? leading[0]! : null
  }

  /** The elections whose leaders run on a Node. */
  ledOn(node: string): readonly string[] {
    return this.elections.filter((election) => this.leaderOf(election)?.plan.node === node)
  }

  pod(name: string): NodePod {
    return this.pods.find((each) => each.name === name)!
  }

  /** Resolves when each of these elections has one leader, and all their candidates run. */
  async settle(elections = this.elections): Promise<void> {
    const pods = this.pods.filter(({ plan }) => plan.elections.some((each) => elections.includes(each)))
    await this.until('each election has a leader, and all candidates run', () => elections.every((each) => this.leaderOf(each)) && pods.every((pod) => pod.isRunning))
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS
    while (!isSo()) {
      if (Date.now() > untilMs) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
      await pause(20)
    }
  }

  /** Moves an election's first leader to a Pod, by ending the leaders before it. */
  async leadFrom(election: string, pod: string): Promise<void> {
    while (this.leaderOf(election)?.plan.name !== pod) {
      await this.leaderOf(election)?.kill()
      await this.settle([election])
    }
  }

  /** Deletes the Leases, Pods, Nodes and Events, and ends the candidates. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.end()))
    const body = { gracePeriodSeconds: 0 }
    for (const path of [`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`, `/api/v1/namespaces/${NAMESPACE}/pods`, `/api/v1/namespaces/${NAMESPACE}/events`, '/api/v1/nodes']) {
      await this.#client.request({ method: 'DELETE', path, body, subject: { verb: 'deletecollection' } })
    }
  }
}

interface Run {
  readonly identity: string
  readonly candidates: ReadonlyMap<string, Candidate>
  endedAtMs: number
}

/** One Pod, and the processes of its program: one for each of its elections, which end together. */
export class NodePod {
  readonly plan: PodPlan
  readonly #client: ApiClient
  readonly #launch: (election: string, identity: string) => Candidate
  readonly #runs: Run[] = []
  #isOver = false
  #isDeleted = false
  #running: Promise<void> = Promise.resolve()
  #name: string

  private constructor(client: ApiClient, plan: PodPlan, launch: (election: string, identity: string) => Candidate) {
    this.#client = client
    this.plan = plan
    this.#name = plan.name
    this.#launch = launch
  }

  static async start(
    client: ApiClient,
    { clientGo, kubeconfig, timings }: { readonly clientGo: string; readonly kubeconfig: string; readonly timings: Timings },
    plan: PodPlan,
  ): Promise<NodePod> {
    const times = [`--lease-duration=${timings.leaseDuration}s`, `--renew-deadline=${timings.renewDeadline}s`, `--retry-period=${timings.retryPeriod}s`]
    const program: CandidateProgram = plan.kind === 'ours' ? { file: process.execPath, args: [BUILT_CLI, 'join'] } : { file: clientGo, args: [] }
    const flags = (election: string): readonly string[] => (plan.kind === 'ours' ? [election, '-o', 'json', '--yes'] : [`--name=${election}`, ...(plan.rejoins ? ['--rejoin'] : [])])
    const pod = new NodePod(client, plan, (election, identity) => new Candidate(program, [...flags(election), `--kubeconfig=${kubeconfig}`, `--id=${identity}`, ...times]))
    await createPod(client, plan)
    pod.#running = pod.#run()
    return pod
  }

  /** Of the plan; the name of a Pod that replaces another one has a letter more. */
  get name(): string {
    return this.#name
  }

  get identity(): string {
    return this.#runs.at(-1)!.identity
  }

  /** Whether all its candidates have read their leases, and none is about to end. */
  get isRunning(): boolean {
    const run = this.#runs.at(-1)
    if (!run || run.endedAtMs !== Infinity) return false
    const goesOn = this.plan.kind === 'ours' || this.plan.rejoins === true
    return [...run.candidates.values()].every(({ facts }) => facts.length > 0 && (goesOn || !facts.some(({ type }) => type === 'stopped-leading')))
  }

  get restarts(): number {
    return this.#runs.length - 1
  }

  termsOf(election: string): readonly Term[] {
    return this.#runs.flatMap(({ identity, candidates, endedAtMs }) => {
      const terms: Term[] = []
      for (const { type, time } of candidates.get(election)?.facts ?? []) {
        const term = { by: identity, pod: this.plan.name, kind: this.plan.kind ?? 'client-go', fromMs: Date.parse(time), untilMs: endedAtMs }
        if (type === 'started-leading') terms.push(term)
        if (type === 'stopped-leading') terms.push({ ...terms.pop()!, untilMs: Date.parse(time) })
      }
      return terms
    })
  }

  /** Resolves when its processes are gone. */
  async kill(): Promise<void> {
    const run = this.#runs.at(-1)
    for (const candidate of run?.candidates.values() ?? []) candidate.signal('SIGKILL')
    while (run?.endedAtMs === Infinity) await pause(20)
  }

  /** Ends it as a drained Node does: SIGTERM, and it is not started again. */
  async drain(): Promise<void> {
    this.#isOver = true
    for (const candidate of this.#runs.at(-1)?.candidates.values() ?? []) candidate.signal('SIGTERM')
    await this.#running
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.kill()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const { node, elections, isStatic = false, isNamedAsPod = false, isReplaced = false } = this.plan
      const name = this.#name
      const identity = isNamedAsPod ? name : `${isStatic ? node : name}_${randomUUID()}`
      await reportRunning(this.#client, name, this.#runs.length)
      const candidates = new Map(elections.map((election) => [election, this.#launch(election, identity)]))
      const run: Run = { identity, candidates, endedAtMs: Infinity }
      this.#runs.push(run)
      const recording = new AbortController()
      const recorded = this.#recordTerms(run, recording.signal)
      const deletion = isReplaced ? this.#endIfDeleted(run, recording.signal) : null
      await Promise.race([...candidates.values()].map(({ exited }) => exited))
      for (const candidate of candidates.values()) candidate.signal('SIGKILL')
      await Promise.all([...candidates.values()].map(({ exited }) => exited))
      run.endedAtMs = Date.now()
      recording.abort()
      await recorded
      await deletion
      const { restartMs = RESTART_MS } = this.plan
      if (this.#isDeleted) await removePod(this.#client, name)
      else await reportStopped(this.#client, name)
      if (restartMs === null) return
      const isOver = (): boolean => this.#isOver
      for (const untilMs = Date.now() + restartMs; Date.now() < untilMs && !isOver(); ) await pause(50)
      if (!this.#isDeleted || isOver()) continue
      this.#isDeleted = false
      this.#name += 'x'
      await createPod(this.#client, { ...this.plan, name: this.#name })
    }
  }

  /** A kubelet watches for this, and a ReplicaSet's controller makes another Pod at once. */
  async #endIfDeleted({ candidates }: Run, over: AbortSignal): Promise<void> {
    while (!over.aborted && !this.#isDeleted) {
      this.#isDeleted = await isBeingDeleted(this.#client, this.#name)
      if (this.#isDeleted) for (const candidate of candidates.values()) candidate.signal('SIGTERM')
      else await pause(200)
    }
  }

  async #recordTerms({ identity, candidates }: Run, over: AbortSignal): Promise<void> {
    if (this.plan.kind === 'ours') return
    const toldOf = new Map<string, number>()
    while (!over.aborted) {
      for (const [election, candidate] of candidates) {
        const count = candidate.count('started-leading')
        if (count > (toldOf.get(election) ?? 0)) await recordLeader(this.#client, election, identity)
        toldOf.set(election, count)
      }
      await pause(50)
    }
  }
}

async function isBeingDeleted(client: ApiClient, name: string): Promise<boolean> {
  const pod = await client.request<{ metadata: { deletionTimestamp?: string } }>({ method: 'GET', path: `/api/v1/namespaces/${NAMESPACE}/pods/${name}`, subject: { verb: 'get' } })
  return pod.metadata.deletionTimestamp !== undefined
}

/** What a kubelet does when the containers of a deleted Pod have ended. */
async function removePod(client: ApiClient, name: string): Promise<void> {
  await client.request({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}/pods/${name}`, body: { gracePeriodSeconds: 0 }, subject: { verb: 'delete' } })
}

async function createPod(client: ApiClient, { name, node, isStatic = false }: PodPlan): Promise<void> {
  const replicaSet = name.slice(0, name.lastIndexOf('-'))
  const owner = isStatic ? { apiVersion: 'v1', kind: 'Node', name: node, uid: `uid-of-${node}` } : { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: `uid-of-${replicaSet}` }
  await request(client, 'POST', `/api/v1/namespaces/${NAMESPACE}/pods`, {
    metadata: { name, ownerReferences: [{ ...owner, controller: true }], labels: isStatic ? { component: replicaSet, tier: 'control-plane' } : {} },
    spec: { nodeName: node, hostNetwork: isStatic, containers: [{ name: 'main', image: 'candidate' }] },
  })
}

/** Reports as the kubelet does that the Pod's container was started now. */
async function reportRunning(client: ApiClient, name: string, restartCount: number): Promise<void> {
  const startedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const container = { name: 'main', image: 'candidate', imageID: '', ready: true, started: true, restartCount, containerID: `x://${name}-${restartCount}`, state: { running: { startedAt } } }
  await request(client, 'PATCH', `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`, {
    status: { phase: 'Running', startTime: startedAt, conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [container] },
  })
}

/** Reports as the kubelet does that the Pod's container has ended. */
async function reportStopped(client: ApiClient, name: string): Promise<void> {
  await request(client, 'PATCH', `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`, { status: { conditions: [{ type: 'Ready', status: 'False' }] } })
}

/** The Event that client-go's election records with an EventRecorder. */
async function recordLeader(client: ApiClient, election: string, identity: string): Promise<void> {
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  await request(client, 'POST', `/api/v1/namespaces/${NAMESPACE}/events`, {
    metadata: { name: `${election}.${randomUUID()}` },
    involvedObject: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: NAMESPACE, name: election },
    ...{ reason: 'LeaderElection', message: `${identity} became leader`, type: 'Normal', count: 1, firstTimestamp: at, lastTimestamp: at },
  })
}

async function request(client: ApiClient, method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
  await client.request({ method, path, body, subject: { verb: method }, ...(method === 'PATCH' && { contentType: 'application/merge-patch+json' }) })
}
