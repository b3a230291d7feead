import type { Election } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import type { ApiClient } from '../client.ts'
import { type ClusterLock, electionCollection, lockResource } from './election-collection.ts'
import { ClusterError } from '../errors.ts'
import { resourceName } from '../paths.ts'
import { candidateNamespaces, isForbidden, readEach, restrictedTo } from './readable-namespaces.ts'
import type { ElectionScope, Restriction } from './scope.ts'
import { ElectionStore } from '../list-watch/store.ts'
import { Watcher, type WatcherOptions, type WatchMessage } from '../list-watch/watcher.ts'

/** The elections of a scope, live, until its signal is aborted. */
export interface ElectionFeed {
  /** Holds them, and tells what happens. Its events can be listened to before `ready`, from the first on. */
  readonly store: ElectionStore
  /** Set, once `ready`, where only a part of all namespaces can be read. */
  readonly restriction: Restriction | null
  /**
   * Resolves once the store has the first complete picture and is connected. Rejects with the ClusterError that
   * prevented that (then the feed has ended), or with the signal's reason.
   */
  readonly ready: Promise<void>
  /** Resolves when nothing more is told, after the signal was aborted or `ready` was rejected. */
  readonly ended: Promise<void>
}

export type ElectionFeedOptions = Pick<WatcherOptions, 'silenceProbeMs' | 'firstTimeoutMs' | 'random'>

/**
 * Watches the elections of a scope, with as few watches as the user's permissions allow: one for all namespaces, or one
 * for each that may be read; one for several names, or one for each where only those are allowed.
 *
 * Namespaces that come into being later are seen only with the permission to watch across all of them.
 */
export function watchElections(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  signal: AbortSignal,
  options: ElectionFeedOptions = {},
): ElectionFeed {
  const feed = new Feed(client, clock, scope, signal, options)
  feed.start()
  return feed
}

class Feed implements ElectionFeed {
  readonly store: ElectionStore
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  restriction: Restriction | null = null
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #scope: ElectionScope
  readonly #options: ElectionFeedOptions
  readonly #failed = new AbortController()
  readonly #signal: AbortSignal
  readonly #ready = Promise.withResolvers<undefined>()
  readonly #ended = Promise.withResolvers<undefined>()
  readonly #runs: Promise<void>[] = []
  readonly #restrictedTo = new Set<string>()
  #candidates: Promise<readonly string[]> | null = null

  constructor(
    client: ApiClient,
    clock: Clock,
    scope: ElectionScope,
    signal: AbortSignal,
    options: ElectionFeedOptions,
  ) {
    this.store = new ElectionStore(clock)
    this.ready = this.#ready.promise
    this.ended = this.#ended.promise
    this.ready.catch(() => {})
    this.#client = client
    this.#clock = clock
    this.#scope = scope
    this.#options = options
    this.#signal = AbortSignal.any([signal, this.#failed.signal])
  }

  start(): void {
    void this.#run()
  }

  async #run(): Promise<void> {
    const locks = this.#scope.locks ?? ['lease']
    try {
      await Promise.all(locks.map((lock) => this.#watchLock(lock)))
      if (this.#restrictedTo.size > 0) {
        const resources = locks.map((lock) => resourceName(lockResource(lock)))
        this.restriction = restrictedTo([...this.#restrictedTo], resources)
      }
      this.store.complete()
      this.#ready.resolve(undefined)
      await Promise.all(this.#runs)
    } catch (error) {
      this.#ready.reject(error)
      this.#failed.abort()
      await Promise.allSettled(this.#runs)
    }
    this.store[Symbol.dispose]()
    this.#ended.resolve(undefined)
  }

  async #watchLock(lock: ClusterLock): Promise<void> {
    if (this.#scope.namespaces !== 'all') {
      await Promise.all(this.#scope.namespaces.map((namespace) => this.#watchNamed(lock, namespace)))
      return
    }
    try {
      await this.#watch(lock, null)
    } catch (refusal) {
      if (!isForbidden(refusal)) throw refusal
      this.#candidates ??= candidateNamespaces(this.#client, this.#clock, this.#signal)
      const watched = await readEach(await this.#candidates, refusal, (namespace) => this.#watchNamed(lock, namespace))
      for (const namespace of watched.keys()) this.#restrictedTo.add(namespace)
    }
  }

  /** One namespace; where listing is refused, but several names are given, each by itself. */
  async #watchNamed(lock: ClusterLock, namespace: string): Promise<void> {
    try {
      await this.#watch(lock, namespace)
    } catch (refusal) {
      const { names } = this.#scope
      if (!isForbidden(refusal) || !names || names.length < 2) throw refusal
      await Promise.all(names.map((name) => this.#watch(lock, namespace, [name])))
    }
  }

  /** Starts a watcher. Resolves once it is connected, and rejects with what prevented that. */
  async #watch(lock: ClusterLock, namespace: string | null, names = this.#scope.names): Promise<void> {
    const scope = { ...this.#scope, ...(names && { names }) }
    const connected = Promise.withResolvers<undefined>()
    const source = this.store.addSource(lock, () => watcher.prove())
    // What was listed is told only once the watch is open: where watching is refused, nothing was there to be told.
    let listed: WatchMessage<Election> | null = null
    let hasConnected = false
    const watcher = new Watcher(
      this.#client,
      this.#clock,
      electionCollection(lock, namespace, scope),
      (message) => {
        if (message.type === 'snapshot' && !hasConnected) {
          listed = message
          return
        }
        if (listed && message.type !== 'disconnected') {
          source.take(listed)
          listed = null
        }
        source.take(message)
        if (message.type !== 'connected') return
        hasConnected = true
        connected.resolve(undefined)
      },
      { failFast: true, ...this.#options },
    )
    const run = watcher.run(this.#signal)
    this.#runs.push(run.catch(unlessRefused))
    run.then(
      () => connected.reject(this.#signal.reason),
      (error: unknown) => connected.reject(error),
    )
    try {
      await connected.promise
    } catch (error) {
      source.remove()
      throw error
    }
  }
}

/** A watcher ends with a ClusterError only before it has connected, and then whoever started it decides. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof ClusterError)) throw error
}
