import type { Election } from '../../lease/election.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import { holderReadings } from '../../lease/holder.ts'
import { electionKey } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { HolderMatcher, unknownHolder } from './holder-match.ts'
import type { Holder } from './holder.ts'
import { listCollection } from '../list-watch/list.ts'
import { nodeFacts } from './nodes.ts'
import { apiPath, PODS, subjectOf } from '../paths.ts'
import { podCollection, podFacts, type PodFacts } from './pods.ts'
import { phrase, verbatim, type Phrase } from '../../phrase.ts'

/** Who the holders of some elections are. */
export interface HolderLookup {
  /** By `electionKey`; elections without a holder are absent. */
  readonly holders: ReadonlyMap<string, Holder>
  /** The Pods that were read on the way: all of the namespaces looked at, as far as that is allowed. */
  readonly pods: readonly PodFacts[]
  /** What could not be read, in sentences for a person; without it less is known. */
  readonly gaps: readonly Advised[]
}

/** From so many namespaces on, the Pods of all are listed at once. */
const MOST_NAMESPACES = 8
/** For so many elections, what a list does not show is asked for one by one. */
const MOST_SINGLES = 10

/**
 * Finds out who holds each of these elections: one list of Pods a namespace from the API server's cache, and for a few
 * that are then still unknown, Nodes and Pods of other namespaces by name. Where Pods may not be listed, those that an
 * identity names are read one by one; where that is forbidden too, less is known, and `gaps` says so.
 *
 * Rejects only with the signal's reason.
 */
export async function lookUpHolders(
  client: ApiClient,
  clock: Clock,
  elections: readonly Election[],
  options: {
    readonly signal?: AbortSignal
    /** Whether to read the Pods of elections without a holder as well. */
    readonly readsAllPods?: boolean
  } = {},
): Promise<HolderLookup> {
  const held = elections.filter((election) => election.record.holderIdentity !== '')
  const reader = new PodReader(client, clock, options.signal)
  await reader.readNamespacesOf(options.readsAllPods ? elections : held)
  let holders = matchAll(held, reader)
  const unknown = held.filter(
    (election) => election.category === 'node' || holders.get(electionKey(election))?.confidence === 'none',
  )
  if (unknown.length > 0 && unknown.length <= MOST_SINGLES && (await reader.readByName(unknown))) {
    holders = matchAll(held, reader)
  }
  return { holders, pods: reader.pods, gaps: reader.gaps }
}

const UNREADABLE = phrase`the Pods in its namespace cannot be read`

function matchAll(held: readonly Election[], reader: PodReader): Map<string, Holder> {
  const matcher = new HolderMatcher(reader)
  const holders = new Map<string, Holder>()
  for (const election of held) {
    const holder = matcher.match(election)
    if (!holder) continue
    const isBlind = holder.confidence === 'none' && reader.unreadable.has(election.namespace)
    holders.set(electionKey(election), isBlind ? unknownHolder(UNREADABLE) : holder)
  }
  return holders
}

class PodReader {
  readonly pods: PodFacts[] = []
  readonly nodes = new Set<string>()
  readonly gaps: Advised[] = []
  /** Namespaces whose Pods may not be listed. */
  readonly unreadable = new Set<string>()
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #signal: AbortSignal | undefined
  readonly #seen = new Set<string>()
  #hasAllPods = false

  constructor(client: ApiClient, clock: Clock, signal: AbortSignal | undefined) {
    this.#client = client
    this.#clock = clock
    this.#signal = signal
  }

  async readNamespacesOf(held: readonly Election[]): Promise<void> {
    const elections = held.filter((election) => election.category === 'election' || election.category === 'other')
    const namespaces = new Set(elections.map((election) => election.namespace))
    // An identity that names a namespace is taken at its word, but not to the point of reading the whole cluster.
    for (const election of elections) {
      if (namespaces.size >= MOST_NAMESPACES) break
      const named = holderReadings(election.record.holderIdentity, election.name)[0]?.namespace
      if (named) namespaces.add(named)
    }
    if (namespaces.size > MOST_NAMESPACES) {
      const error = await this.#list(podCollection(null))
      this.#hasAllPods = error === null
      if (error === null) return
      if (error.kind !== 'forbidden') {
        this.#gap(verbatim('Pods'), error)
        for (const namespace of namespaces) this.unreadable.add(namespace)
        return
      }
    }
    const queue = [...namespaces]
    const worker = async (): Promise<void> => {
      for (let namespace = queue.shift(); namespace !== undefined; namespace = queue.shift()) {
        await this.#readNamespace(namespace, elections)
      }
    }
    await Promise.all(Array.from({ length: MOST_NAMESPACES }, worker))
  }

  /** Asks for the Nodes, and the Pods of any namespace, that the identities name; whether there were any. */
  async readByName(elections: readonly Election[]): Promise<boolean> {
    const names = new Set(
      elections.flatMap(({ category, name, record }) =>
        category === 'node'
          ? [record.holderIdentity]
          : holderReadings(record.holderIdentity, name)
              .filter((reading) => reading.isDelimited || reading.name === record.holderIdentity.split('_', 1)[0]?.toLowerCase())
              .map((reading) => reading.name),
      ),
    )
    const before = this.pods.length + this.nodes.size
    await Promise.all(
      [...names].slice(0, 2 * MOST_SINGLES).flatMap((name) => [
        this.#readNode(name),
        // Not being allowed to look into all namespaces is the common case, and no gap: they were not asked about.
        ...(this.#hasAllPods ? [] : [this.#list(podCollection(null, name))]),
      ]),
    )
    return this.pods.length + this.nodes.size > before
  }

  async #readNamespace(namespace: string, elections: readonly Election[]): Promise<void> {
    const error = await this.#list(podCollection(namespace))
    if (error === null) return
    this.unreadable.add(namespace)
    if (error.kind !== 'forbidden') {
      this.#gap(phrase`Pods in namespace ${namespace}`, error)
      return
    }
    const names = new Set<string>()
    for (const election of elections) {
      for (const reading of holderReadings(election.record.holderIdentity, election.name)) {
        if (reading.isDelimited && (reading.namespace ?? election.namespace) === namespace) names.add(reading.name)
      }
    }
    const isRead = names.size <= MOST_SINGLES && (await Promise.all([...names].map((name) => this.#readPod(namespace, name)))).every(Boolean)
    if (!isRead) this.#gap(phrase`Pods in namespace ${namespace}`, error)
  }

  /** Whether it may be read at all. */
  async #readPod(namespace: string, name: string): Promise<boolean> {
    const place = { namespace, name }
    try {
      const pod = await this.#client.request({
        method: 'GET',
        path: apiPath(PODS, place),
        subject: subjectOf('get', PODS, place),
        ...(this.#signal && { signal: this.#signal }),
      })
      this.#add(podFacts(pod))
      return true
    } catch (error) {
      return clusterError(error).kind === 'notFound'
    }
  }

  async #readNode(name: string): Promise<void> {
    const node = await nodeFacts(this.#client, name, this.#signal)
    if (node) this.nodes.add(node.name)
  }

  async #list(collection: ReturnType<typeof podCollection>): Promise<ClusterError | null> {
    try {
      const { objects } = await listCollection(this.#client, this.#clock, collection, {
        freshness: 'cache',
        ...(this.#signal && { signal: this.#signal }),
      })
      for (const pod of objects) this.#add(pod)
      return null
    } catch (error) {
      return clusterError(error)
    }
  }

  #add(pod: PodFacts): void {
    const key = `${pod.namespace}/${pod.name}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.pods.push(pod)
  }

  #gap(what: Phrase, error: ClusterError): void {
    this.gaps.push(gapOf(phrase`Cannot read ${what}, so some holders are unknown`, error))
  }
}

/** Anything but a ClusterError (an aborted signal's reason, a defect) is thrown again. */
function clusterError(error: unknown): ClusterError {
  if (error instanceof ClusterError) return error
  throw error
}
