import type { ApiClient } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { HolderMatcher, ownerOf } from '../../shared/cluster/holders/holder-match.ts'
import type { Owner } from '../../shared/cluster/holders/holder.ts'
import { podCollection, type PodFacts } from '../../shared/cluster/holders/pods.ts'
import { listCollection } from '../../shared/cluster/list-watch/list.ts'
import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { leaderOf } from '../../shared/lease/placeholder.ts'
import type { Clock } from '../../shared/time/clock.ts'

/** What is known of an election's Pods. */
export interface ElectionPods {
  /** The Pod of the leader; empty if it is not known. */
  readonly holderPod: string
  /** The Node of the leader; empty if it is not known. */
  readonly holderNode: string
  /** The number of Pods that the controller of the last known leader has; null if that is not known. */
  readonly candidates: number | null
  /** How long at least one of them has been Ready, while there is no leader; milliseconds; null if none is. */
  readonly readyForMs: number | null
}

interface Entry {
  /** The holder that {@link matchesLeft} is about. */
  holderIdentity: string
  /** How often to look for its Pod again: a Pod can appear in the API server's cache after its lease. */
  matchesLeft: number
  holderPod: string
  holderNode: string
  owner: Owner | null
  candidates: number | null
  readySinceMs: number | null
}

/** How often Pods are looked at, if there is a reason. */
const LOOK_INTERVAL_MS = 15_000
const MOST_MATCHES = 3
/** If Pods of more namespaces are wanted, the Pods of all namespaces are listed at once. */
const MOST_NAMESPACES = 8

const UNKNOWN: ElectionPods = { holderPod: '', holderNode: '', candidates: null, readyForMs: null }

/**
 * Finds the Pods of leaders and of candidates. It lists the Pods of a namespace, from the API server's cache, only after a
 * holder there has changed, and while an election there has no leader; so it costs next to nothing in a healthy cluster.
 */
export class PodBook {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #store: ElectionStore
  readonly #onProblem: (message: string) => void
  readonly #entries = new Map<string, Entry>()
  #problem = ''

  /** @param onProblem is told, once each, why Pods cannot be read; the text is not escaped. */
  constructor(client: ApiClient, clock: Clock, store: ElectionStore, onProblem: (message: string) => void) {
    this.#client = client
    this.#clock = clock
    this.#store = store
    this.#onProblem = onProblem
  }

  /** @param key See `electionKey`. */
  get(key: string): ElectionPods {
    const entry = this.#entries.get(key)
    if (!entry) return UNKNOWN
    const { holderPod, holderNode, candidates, readySinceMs } = entry
    return { holderPod, holderNode, candidates, readyForMs: readySinceMs === null ? null : this.#clock.monotonicMs() - readySinceMs }
  }

  /** Looks again and again, until the signal is aborted. Rejects only with a defect. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        if (this.#store.view.connected) await this.look(signal)
        await this.#clock.sleep(LOOK_INTERVAL_MS, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Looks once at the Pods that are of interest now. */
  async look(signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted()
    const namespaces = new Set(wanted.map(({ election }) => election.namespace))
    if (namespaces.size === 0) return
    const pods = await this.#podsOf(namespaces, signal)
    const matcher = new HolderMatcher({ pods, nodes: new Set() })
    for (const stored of wanted) this.#update(stored, matcher, pods)
  }

  #wanted(): readonly StoredElection[] {
    for (const key of this.#entries.keys()) if (!this.#store.get(key)) this.#entries.delete(key)
    return [...this.#store].filter((stored) => {
      const { key, election } = stored
      if (election.category !== 'election') return false
      const entry = this.#entries.get(key) ?? newEntry()
      this.#entries.set(key, entry)
      const leader = leaderOf(election.record)
      if (leader !== entry.holderIdentity) {
        Object.assign(entry, { holderIdentity: leader, matchesLeft: leader === '' ? 0 : MOST_MATCHES, holderPod: '', holderNode: '' })
      }
      return entry.matchesLeft > 0 || (entry.owner !== null && this.#isLeaderless(stored))
    })
  }

  #isLeaderless(stored: StoredElection): boolean {
    const { state } = this.#store.statusOf(stored)
    return state === 'released' || state === 'expired'
  }

  #update(stored: StoredElection, matcher: HolderMatcher, pods: readonly PodFacts[]): void {
    const entry = this.#entries.get(stored.key)!
    const { namespace } = stored.election
    if (entry.matchesLeft > 0) {
      entry.matchesLeft--
      const holder = matcher.match(stored.election)
      if (holder && holder.kind !== 'Unknown') {
        entry.matchesLeft = 0
        entry.holderPod = holder.pod?.name ?? ''
        entry.holderNode = holder.node ?? ''
        entry.owner = holder.pod ? holder.owner : null
      }
    }
    const { owner } = entry
    const candidates = owner && pods.filter((pod) => pod.namespace === namespace && isRunning(pod) && isSame(ownerOf(pod), owner))
    entry.candidates = candidates && candidates.length
    const isReady = this.#isLeaderless(stored) && (candidates?.some((pod) => pod.isReady) ?? false)
    entry.readySinceMs = isReady ? (entry.readySinceMs ?? this.#clock.monotonicMs()) : null
  }

  async #podsOf(namespaces: ReadonlySet<string>, signal: AbortSignal): Promise<readonly PodFacts[]> {
    if (namespaces.size > MOST_NAMESPACES) {
      const all = await this.#list(null, signal)
      if (all) return all
    }
    const pods: PodFacts[] = []
    for (const namespace of namespaces) pods.push(...((await this.#list(namespace, signal)) ?? []))
    return pods
  }

  async #list(namespace: string | null, signal: AbortSignal): Promise<readonly PodFacts[] | null> {
    try {
      return (await listCollection(this.#client, this.#clock, podCollection(namespace), { freshness: 'cache', signal })).objects
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      if (error.message !== this.#problem) this.#onProblem(error.message)
      this.#problem = error.message
      return null
    }
  }
}

function newEntry(): Entry {
  return { holderIdentity: '', matchesLeft: 0, holderPod: '', holderNode: '', owner: null, candidates: null, readySinceMs: null }
}

function isRunning({ phase, deletionTimestamp }: PodFacts): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed' && deletionTimestamp === null
}

function isSame(owner: Owner | null, other: Owner): boolean {
  return owner?.kind === other.kind && owner.name === other.name
}
