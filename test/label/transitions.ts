import type { ApiClient } from '../../shared/cluster/client.ts'
import { ForeignElection, OwnElection, type ChosenElection } from './elections.ts'
import type { LabelJudge } from './label-judge.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import type { PassingRequest } from '../support/request-proxy.ts'
import { isPodWrite, Writer } from './writer.ts'

type Fault =
  | 'Pod created meanwhile'
  | 'writer killed'
  | 'writer stopped between read and PATCH'
  | 'writer cut off'
  | 'PATCH delayed by 30 s'
  | 'PATCH delayed by 30 s, its writer killed'
  | '403 on one Pod'
  | 'writer ended'
  | 'lease released'

/** What a transition of each round comes with, by its number in the round. */
const ROUND = 25
const FAULTS: Readonly<Record<number, Fault>> = {
  2: 'Pod created meanwhile',
  4: 'writer killed',
  6: 'lease released',
  8: 'writer stopped between read and PATCH',
  11: 'writer ended',
  13: 'Pod created meanwhile',
  15: 'writer cut off',
  18: 'PATCH delayed by 30 s',
  21: '403 on one Pod',
}
const DELAY_MS = 30_000
const NAMES = ['web-0', 'web-1', 'web-2', 'web-3']
const ELECTION = 'web'

/** What came of a run. */
export interface Figures {
  transitions: number
  readonly faults: Record<string, number>
  /** From the start of the leader to its label, in transitions without a fault, in milliseconds. */
  readonly lagsMs: Record<'foreign' | 'own', number[]>
  /** How many writers were stopped between read and PATCH. */
  stopped: number
  /** HTTP statuses of the delayed writes, once the API server got them. */
  readonly delayed: number[]
}

export const noFigures = (): Figures => ({ transitions: 0, faults: {}, lagsMs: { foreign: [], own: [] }, stopped: 0, delayed: [] })

export async function createPod(client: ApiClient, namespace: string, name: string): Promise<void> {
  const body = { metadata: { name, labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false } }
  await client.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body, subject: { verb: 'create' } })
}

/** One election with two writers, whose leader changes, with a fault every few transitions. */
export class TransitionRun implements AsyncDisposable {
  readonly #cluster: RealCluster
  readonly #client: ApiClient
  readonly #judge: LabelJudge
  readonly #label: string
  readonly #namespace: string
  readonly #election: ChosenElection
  readonly #figures: Figures
  readonly #lagsMs: number[]
  readonly #all: Writer[] = []
  readonly #writers = new Map<string, Writer>()
  readonly #onTheWay: Promise<unknown>[] = []
  /** What ends the last fault, after the transition that follows it. */
  #mend: (() => void) | null = null

  constructor(world: { cluster: RealCluster; client: ApiClient; judge: LabelJudge; label: string; figures: Figures }, namespace: string, kind: 'foreign' | 'own') {
    this.#cluster = world.cluster
    this.#client = world.client
    this.#judge = world.judge
    this.#label = world.label
    this.#figures = world.figures
    this.#namespace = namespace
    this.#lagsMs = world.figures.lagsMs[kind]
    this.#election = new (kind === 'own' ? OwnElection : ForeignElection)(world.client, namespace, ELECTION)
  }

  async run(transitions: number): Promise<void> {
    await this.#client.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: this.#namespace } }, subject: { verb: 'create' } })
    for (const name of NAMES) await createPod(this.#client, this.#namespace, name)
    await this.#startWriter()
    await this.#startWriter()
    await this.#leadAndWait('web-0')
    for (let number = 1; number <= transitions; number++) await this.#transition(number)
    this.#mend?.()
    await Promise.all(this.#onTheWay)
    await this.#election.lead('')
    await this.#judge.until('no label after a release', this.#namespace, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#election.end()
    for (const each of this.#all) await each[Symbol.asyncDispose]()
  }

  async #transition(number: number): Promise<void> {
    const next = NAMES[number % NAMES.length]!
    const round = Math.floor(number / ROUND)
    const planned = FAULTS[number % ROUND]
    const fault = planned === 'PATCH delayed by 30 s' && round % 2 === 0 ? 'PATCH delayed by 30 s, its writer killed' : planned
    const mend = this.#mend
    this.#mend = null
    this.#figures.transitions++
    if (fault === undefined) this.#lagsMs.push(await this.#leadAndWait(next))
    else {
      this.#figures.faults[fault] = (this.#figures.faults[fault] ?? 0) + 1
      await this.#withFault(fault, next, `web-new-${number}`)
    }
    mend?.()
  }

  async #withFault(fault: Fault, next: string, fresh: string): Promise<void> {
    const active = await this.#active()
    switch (fault) {
      case 'Pod created meanwhile':
        await createPod(this.#client, this.#namespace, fresh)
        await this.#leadAndWait(fresh)
        await this.#client.request({ method: 'DELETE', path: `/api/v1/namespaces/${this.#namespace}/pods/${fresh}`, body: { gracePeriodSeconds: 0 }, subject: { verb: 'delete' } })
        break
      case 'writer killed':
      case 'writer ended':
        await this.#replace(active, fault === 'writer killed' ? 'SIGKILL' : 'SIGTERM')
        break
      case 'lease released':
        await this.#election.lead('')
        await this.#judge.until('no label after a release', this.#namespace, [])
        break
      case 'writer stopped between read and PATCH':
        this.#stopBeforeWrite(active, next)
        break
      case 'writer cut off':
        active.cut()
        this.#mend = () => active.heal()
        break
      case 'PATCH delayed by 30 s':
        void this.#delayWrite(active)
        break
      case 'PATCH delayed by 30 s, its writer killed': {
        const isHeld = this.#delayWrite(active)
        await this.#election.lead(next)
        await isHeld
        await this.#replace(active, 'SIGKILL')
        // To another Pod, so that the delayed write would make a second label.
        await this.#leadAndWait(NAMES.find((name) => name !== next)!)
        break
      }
      case '403 on one Pod':
        await this.#refuseOnePod(active, next)
        break
    }
    await this.#leadAndWait(next)
  }

  /** Resolves to the time from the start of the leader to its label, in milliseconds. */
  async #leadAndWait(pod: string): Promise<number> {
    const ledAtMs = await this.#election.lead(pod)
    return Math.max(0, (await this.#judge.until(`a label on ${pod}`, this.#namespace, [pod])) - ledAtMs)
  }

  /** Stops the process once it has read the Pod and confirmed its lease, so that the write is the next that it does. */
  #stopBeforeWrite(writer: Writer, pod: string): void {
    let hasRead = false
    const stop = ({ method, path }: PassingRequest): void => {
      if (method === 'GET' && path.includes('/pods') && path.includes(pod)) hasRead = true
      if (!hasRead || method !== 'GET' || !path.includes(`/leases/${ELECTION}-labeler`)) return
      writer.kill('SIGSTOP')
      this.#figures.stopped++
      writer.hooks.after.delete(stop)
    }
    writer.hooks.after.add(stop)
    this.#mend = () => writer.kill('SIGCONT')
  }

  /** Holds the next write of the label on its way. Resolves when it is held. */
  #delayWrite(writer: Writer): Promise<unknown> {
    const held = Promise.withResolvers<undefined>()
    const answered = Promise.withResolvers<undefined>()
    this.#onTheWay.push(answered.promise)
    const { before, after } = writer.hooks
    const hold = async (request: PassingRequest): Promise<undefined> => {
      if (!isPodWrite(request, this.#label, true)) return
      before.delete(hold)
      const note = ({ body }: PassingRequest, status: number): void => {
        if (body !== request.body) return
        after.delete(note)
        this.#figures.delayed.push(status)
        answered.resolve(undefined)
      }
      after.add(note)
      held.resolve(undefined)
      await new Promise((over) => setTimeout(over, DELAY_MS))
    }
    before.add(hold)
    return held.promise
  }

  async #refuseOnePod(active: Writer, next: string): Promise<void> {
    const labeled = this.#judge.labeled(this.#namespace)
    const pod = NAMES.find((name) => name !== next && !labeled.includes(name))!
    const forbidden = { status: 403, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', message: `pods "${pod}" is forbidden`, code: 403 } }
    // The next writer has to fence all Pods.
    await this.#replace(active, 'SIGTERM')
    const refused = [...this.#writers.values()]
    const refuse = ({ method, path }: PassingRequest): Promise<typeof forbidden | undefined> =>
      Promise.resolve(method === 'PATCH' && path.includes(`/pods/${pod}`) ? forbidden : undefined)
    for (const { hooks } of refused) hooks.before.add(refuse)
    await this.#election.lead(next)
    await this.#judge.until('no label while a Pod cannot be written', this.#namespace, [])
    while (!refused.some(({ stdout }) => stdout.includes(`"type":"refused","refusals":[{"pod":"${pod}"`))) await new Promise((resolve) => setTimeout(resolve, 100))
    for (const { hooks } of refused) hooks.before.delete(refuse)
  }

  async #replace(writer: Writer, signal: NodeJS.Signals): Promise<void> {
    writer.kill(signal)
    this.#writers.delete(writer.id)
    await this.#startWriter()
  }

  async #startWriter(): Promise<void> {
    const id = `writer-${this.#all.length + 1}`
    const writer = await Writer.start(this.#cluster, { namespace: this.#namespace, election: ELECTION, label: this.#label, id })
    this.#all.push(writer)
    this.#writers.set(id, writer)
  }

  /** The writer that holds the lease of the writers. */
  async #active(): Promise<Writer> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${this.#namespace}/leases/${ELECTION}-labeler`
    const { spec } = await this.#client.request<{ spec: { holderIdentity: string } }>({ method: 'GET', path, subject: { verb: 'get' } })
    const writer = this.#writers.get(spec.holderIdentity)
    if (!writer) throw new Error(`No writer holds the lease: ${spec.holderIdentity}`)
    return writer
  }
}
