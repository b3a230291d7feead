import type { Election } from '../../lease/election.ts'
import { placePhrase, type LockKind } from '../../lease/election-ref.ts'
import { type Clock, systemClock } from '../../time/clock.ts'
import type { ApiClient, ApiRequest } from '../client.ts'
import { decodeElection, electionCollection, lockResource } from './election-collection.ts'
import { ClusterError } from '../errors.ts'
import { listCollection, type Freshness } from '../list-watch/list.ts'
import { apiPath, resourceName, subjectOf } from '../paths.ts'
import { candidateNamespaces, isForbidden, readEach, restrictedTo } from './readable-namespaces.ts'
import type { ElectionScope, Restriction } from './scope.ts'
import { phrase } from '../../phrase.ts'

export interface ElectionListOptions {
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /**
   * Default `cache`: a list shows what leases say, which is old by the time it is read, and nothing acts on it. What is
   * acted on is read with {@link getElection}.
   */
  readonly freshness?: Freshness
  /** How many objects a page has, where the list is read page by page; see {@link Freshness}. Default 500. */
  readonly pageSize?: number
}

export interface ElectionListing {
  /** In no order: an API server's cache before 1.31 has none. */
  readonly elections: readonly Election[]
  /** Set where only a part of all namespaces could be read. */
  readonly restriction: Restriction | null
}

/** Lists the elections of a scope once. Rejects with a ClusterError. */
export async function listElections(
  client: ApiClient,
  scope: ElectionScope,
  options: ElectionListOptions = {},
): Promise<ElectionListing> {
  const lister = new ElectionLister(client, scope, options)
  const locks = scope.locks ?? ['lease']
  const listings = await Promise.all(locks.map((lock) => lister.listLock(lock)))
  const restricted = [...new Set(listings.flatMap((listing) => listing.restrictedTo ?? []))]
  const resources = locks.map((lock) => resourceName(lockResource(lock)))
  return {
    elections: listings.flatMap((listing) => listing.elections),
    restriction: restricted.length === 0 ? null : restrictedTo(restricted, resources),
  }
}

/**
 * Reads one election as etcd has it now. Rejects with a ClusterError: `notFound` if the object does not exist, or none
 * with an election in it.
 */
export async function getElection(
  client: ApiClient,
  lock: LockKind,
  namespace: string,
  name: string,
  signal?: AbortSignal,
  options: Pick<ApiRequest, 'timeoutMs' | 'onCut'> = {},
): Promise<Election> {
  const resource = lockResource(lock)
  const subject = subjectOf('get', resource, { namespace, name })
  const path = apiPath(resource, { namespace, name })
  const object = await client.request({ method: 'GET', path, subject, ...(signal && { signal }), ...options })
  const election = decodeElection(lock, object)
  if (election) return election
  throw new ClusterError(phrase`The ${placePhrase({ lock, namespace, name })} contains no leader election record.`, {
    kind: 'notFound',
    subject,
  })
}

interface LockListing {
  readonly elections: readonly Election[]
  readonly restrictedTo: readonly string[] | null
}

class ElectionLister {
  readonly #client: ApiClient
  readonly #scope: ElectionScope
  readonly #options: ElectionListOptions
  #candidates: Promise<readonly string[]> | null = null

  constructor(client: ApiClient, scope: ElectionScope, options: ElectionListOptions) {
    this.#client = client
    this.#scope = scope
    this.#options = options
  }

  async listLock(lock: LockKind): Promise<LockListing> {
    if (this.#scope.namespaces !== 'all') {
      const lists = await Promise.all(this.#scope.namespaces.map((namespace) => this.#listNamed(lock, namespace)))
      return { elections: lists.flat(), restrictedTo: null }
    }
    try {
      return { elections: await this.#list(lock, null), restrictedTo: null }
    } catch (refusal) {
      if (!isForbidden(refusal)) throw refusal
      this.#candidates ??= candidateNamespaces(this.#client, this.#clock, this.#options.signal)
      const readable = await readEach(await this.#candidates, refusal, (namespace) => this.#listNamed(lock, namespace))
      return { elections: [...readable.values()].flat(), restrictedTo: [...readable.keys()] }
    }
  }

  /** One namespace. If listing is refused, but names are given, each name is read on its own. */
  async #listNamed(lock: LockKind, namespace: string): Promise<readonly Election[]> {
    try {
      return await this.#list(lock, namespace)
    } catch (refusal) {
      const { names, labelSelector, fieldSelector } = this.#scope
      if (!isForbidden(refusal) || !names || labelSelector || fieldSelector) throw refusal
      const elections = await Promise.all(names.map((name) => this.#getIfThere(lock, namespace, name)))
      return elections.filter((election) => election !== null)
    }
  }

  async #getIfThere(lock: LockKind, namespace: string, name: string): Promise<Election | null> {
    try {
      return await getElection(this.#client, lock, namespace, name, this.#options.signal)
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'notFound') return null
      throw error
    }
  }

  async #list(lock: LockKind, namespace: string | null): Promise<readonly Election[]> {
    const { freshness = 'cache', pageSize, signal } = this.#options
    const collection = electionCollection(lock, namespace, this.#scope)
    const { objects } = await listCollection(this.#client, this.#clock, collection, {
      freshness,
      ...(pageSize !== undefined && { pageSize }),
      ...(signal && { signal }),
    })
    return objects
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock
  }
}
