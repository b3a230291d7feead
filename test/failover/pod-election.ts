import type { ApiClient } from '../../shared/cluster/client.ts'
import { pause, type CandidateProgram } from '../bench/election-candidate.ts'
import { overlapsOf, type Overlap } from '../interop/leadership.ts'
import { CandidatePod, type CandidateKind, type Term } from './candidate-pod.ts'

/** Seconds. */
export interface Timings {
  readonly leaseDuration: number
  readonly renewDeadline: number
  readonly retryPeriod: number
}

export interface PodElectionOptions {
  readonly name: string
  readonly kinds: readonly CandidateKind[]
  readonly timings: Timings
  /** A candidate of ours that loses stands again in the same process, as `join` does, instead of ending. */
  readonly rejoins?: boolean
}

export interface CandidatePrograms {
  readonly ours: CandidateProgram
  readonly theirs: CandidateProgram
  /** What candidates connect by. */
  readonly kubeconfig: string
}

const PATIENCE_MS = 180_000
const PODS = '/api/v1/namespaces/default/pods'

/**
 * An election of the namespace `default`, between candidates in Pods of one ReplicaSet. Nothing runs these Pods: they
 * are there to be found, and their candidates are processes of this machine.
 */
export class PodElection implements AsyncDisposable {
  readonly name: string
  readonly timings: Timings
  readonly members: readonly CandidatePod[]
  readonly #client: ApiClient

  private constructor(client: ApiClient, { name, timings }: PodElectionOptions, members: readonly CandidatePod[]) {
    this.#client = client
    this.name = name
    this.timings = timings
    this.members = members
  }

  /** Resolves when one of them leads and the others stand. */
  static async create(client: ApiClient, programs: CandidatePrograms, options: PodElectionOptions): Promise<PodElection> {
    const { name, kinds, timings, rejoins = false } = options
    const pods = kinds.map((kind, index) => ({ kind, pod: `${name}-${'abcdefgh'[index]!}` }))
    for (const { pod } of pods) await createPod(client, name, pod)
    const flags = [
      `--kubeconfig=${programs.kubeconfig}`,
      `--name=${name}`,
      `--lease-duration=${timings.leaseDuration}s`,
      `--renew-deadline=${timings.renewDeadline}s`,
      `--retry-period=${timings.retryPeriod}s`,
    ]
    const members = pods.map(({ kind, pod }) =>
      kind === 'ours'
        ? new CandidatePod(pod, kind, programs.ours, rejoins ? [...flags, '--rejoin'] : flags)
        : new CandidatePod(pod, kind, programs.theirs, flags),
    )
    const election = new PodElection(client, options, members)
    await election.settle()
    return election
  }

  /** All terms so far, in order. */
  get terms(): readonly Term[] {
    return this.members.flatMap(({ terms }) => terms).sort((a, b) => a.fromMs - b.fromMs)
  }

  get overlaps(): Overlap[] {
    return overlapsOf(this.terms, [])
  }

  /** The one that leads; null where none does, or more than one. */
  get leader(): CandidatePod | null {
    const leading = this.members.filter(({ isLeading }) => isLeading)
    return leading.length === 1 ? leading[0]! : null
  }

  /** Resolves when all stand and just one of them leads. */
  async settle(): Promise<CandidatePod> {
    await this.until('all stand and one leads', () => this.leader !== null && this.members.every(({ isStanding }) => isStanding))
    return this.leader!
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS
    while (!isSo()) {
      if (Date.now() > untilMs) throw new Error(`${this.name}, not within ${PATIENCE_MS} ms: ${what}\n${this.toString()}`)
      await pause(20)
    }
  }

  /** Its terms, for whoever reads why a test has failed. */
  toString(): string {
    const time = (ms: number): string => (ms === Infinity ? 'now' : new Date(ms).toISOString().slice(11, 23))
    return this.terms.map(({ by, fromMs, untilMs }) => `${by.slice(0, -28)} ${time(fromMs)}-${time(untilMs)}`).join(', ')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()))
    const subject = { verb: 'delete' }
    for (const { name } of this.members) {
      await this.#client.request({ method: 'DELETE', path: `${PODS}/${name}`, body: { gracePeriodSeconds: 0 }, subject })
    }
  }
}

async function createPod(client: ApiClient, replicaSet: string, name: string): Promise<void> {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: `uid-of-${replicaSet}`, controller: true }
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ownerReferences: [owner] },
    spec: { containers: [{ name: 'main', image: 'candidate' }] },
  }
  await client.request({ method: 'POST', path: PODS, body, subject: { verb: 'create' } })
}
