import type { ApiClient } from '../../cluster/client.ts'
import { HolderMatcher, ownerOf } from '../../cluster/holders/holder-match.ts'
import type { Owner } from '../../cluster/holders/holder.ts'
import type { LeadershipEvent } from '../../cluster/elections/leadership-events.ts'
import { followOwners } from '../../cluster/holders/owners.ts'
import type { PodFacts } from '../../cluster/holders/pods.ts'
import type { Election } from '../../lease/election.ts'
import type { KnownHolder } from './evidence.ts'
import { leadersIn } from './flapping-checks.ts'
import type { ObservedElection } from './observe-elections.ts'

/** Finds the Pods and workloads of identities, among the Pods that were read. */
export class Workloads {
  readonly #client: ApiClient
  readonly #signal: AbortSignal | undefined
  readonly #matcher: HolderMatcher
  readonly #byOwner = new Map<string, number>()
  readonly #owners = new Map<string, Promise<Owner | null>>()

  constructor(client: ApiClient, pods: readonly PodFacts[], signal: AbortSignal | undefined) {
    this.#client = client
    this.#signal = signal
    this.#matcher = new HolderMatcher({ pods, nodes: new Set() })
    for (const pod of pods) {
      const owner = ownerOf(pod)
      if (!owner || pod.phase !== 'Running') continue
      const key = `${pod.namespace}/${owner.name}`
      this.#byOwner.set(key, (this.#byOwner.get(key) ?? 0) + 1)
    }
  }

  /** How many Pods are running of the workload whose name is exactly the holder identity. */
  podsOfNamesake({ namespace, record }: Election): number {
    return this.#byOwner.get(`${namespace}/${record.holderIdentity}`) ?? 0
  }

  /** Null if no Pod matches. */
  async holderBehind(election: Election, identity: string): Promise<KnownHolder | null> {
    // The times in the record belong to its present holder.
    const record = { ...election.record, holderIdentity: identity, acquireTime: null, renewTime: null }
    const pod = this.#matcher.match({ ...election, record })?.pod
    return pod ? { identity, pod: pod.name, owner: await this.#topOf(pod) } : null
  }

  /**
   * A ReplicaSet belongs to a Deployment, a Rollout or something similar, and several can belong to one workload. If its
   * owner cannot be read, the workload is not known.
   */
  #topOf(pod: PodFacts): Promise<Owner | null> {
    const owner = ownerOf(pod)
    if (owner?.kind !== 'ReplicaSet') return Promise.resolve(owner)
    const key = `${pod.namespace}/${owner.name}`
    const known = this.#owners.get(key)
    if (known) return known
    const top = followOwners(this.#client, pod.namespace, pod.controller, this.#signal).then((owners) =>
      owners.length > 1 ? owners.at(-1)! : null,
    )
    this.#owners.set(key, top)
    return top
  }
}

/** The recent holders whose Pods still exist; none if the holder has always been the same. */
export async function knownHoldersOf(
  { election, trail }: ObservedElection,
  events: readonly LeadershipEvent[],
  workloads: Workloads,
): Promise<readonly KnownHolder[]> {
  const identities = new Set([...leadersIn(trail), ...events.map(({ identity }) => identity)])
  if (identities.size < 2) return []
  const known = await Promise.all([...identities].map((identity) => workloads.holderBehind(election, identity)))
  return known.filter((holder) => holder !== null)
}
