import { placeText, type ElectionRef, type LockKind } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { electionCollection, lockResource } from './election-collection.ts'
import { ElectionPoller, POLL_INTERVAL_MS } from './election-poller.ts'
import { ClusterError } from '../errors.ts'
import { resourceName } from '../paths.ts'
import { candidateNamespaces, isForbidden, readEach, restrictedTo } from './readable-namespaces.ts'
import type { ElectionScope, Restriction } from './scope.ts'
import { ElectionStore } from '../list-watch/store.ts'
import { Watcher, type WatcherOptions, type WatchListener, type WatchMessage } from '../list-watch/watcher.ts'

/** The elections of a scope, live, until its signal is aborted. */
export interface ElectionFeed {
  /** Holds them, and tells what happens. Its events can be listened to before `ready`, from the first on. */
  readonly store: ElectionStore
  /** Set, once `ready`, where only a part of all namespaces can be read. */
  readonly restriction: Restriction | null
  /** Sentences for a person, once `ready`: what is read again and again, because it may not be watched, and why. */
  readonly polling: readonly string[]
  /**
   * Resolves once the store has the first complete picture and is connected. Rejects with the ClusterError that
   * prevented that (then the feed has ended), or with the signal's reason.
   */
  readonly ready: Promise<void>
  /** Resolves when nothing more is told, after the signal was aborted or `ready` was rejected. */
  readonly ended: Promise<void>
}

export interface ElectionFeedOptions extends Pick<WatcherOptions, 'silenceProbeMs' | 'firstTimeoutMs' | 'random'> {
  /** The store of the feed that this one replaces; see {@link ElectionStore}. */
  readonly predecessor?: ElectionStore | null
}

/**
 * Watches the elections of a scope, with as few watches as the user's permissions allow: one for all namespaces, or one
 * for each that may be read; one for several names, or one for each where only those are allowed. What is asked for by
 * name and may only be read (`get`) is polled.
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

/** What tells a source of the store: a watcher, or what polls in its place. */
type Watching = Pick<Watcher<Election>, 'run' | 'prove'>

class Feed implements ElectionFeed {
  readonly store: ElectionStore
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  restriction: Restriction | null = null
  readonly polling: string[] = []
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
    this.store = new ElectionStore(clock, options.predecessor)
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

  async #watchLock(lock: LockKind): Promise<void> {
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

  /** One namespace. If that is refused, but names are given, each name is watched on its own. */
  async #watchNamed(lock: LockKind, namespace: string): Promise<void> {
    try {
      await this.#watch(lock, namespace)
    } catch (refusal) {
      const { names, labelSelector } = this.#scope
      if (!isForbidden(refusal) || !names || labelSelector) throw refusal
      const watchOrPoll = async (name: string): Promise<void> => {
        const why = names.length === 1 ? refusal : await this.#refusalOfWatch(lock, namespace, name)
        if (why) await this.#poll({ lock, namespace, name }, why)
      }
      await Promise.all(names.map(watchOrPoll))
    }
  }

  async #refusalOfWatch(lock: LockKind, namespace: string, name: string): Promise<ClusterError | null> {
    try {
      await this.#watch(lock, namespace, [name])
      return null
    } catch (refusal) {
      if (!isForbidden(refusal)) throw refusal
      return refusal
    }
  }

  async #poll(place: ElectionRef, refusal: ClusterError): Promise<void> {
    const { firstTimeoutMs } = this.#options
    const options = firstTimeoutMs === undefined ? {} : { firstTimeoutMs }
    await this.#attach(place.lock, (listener) => new ElectionPoller(this.#client, this.#clock, place, listener, options))
    this.polling.push(pollingText(place, refusal))
  }

  #watch(lock: LockKind, namespace: string | null, names = this.#scope.names): Promise<void> {
    const collection = electionCollection(lock, namespace, { ...this.#scope, ...(names && { names }) })
    const options = { failFast: true, ...this.#options }
    return this.#attach(lock, (listener) => new Watcher(this.#client, this.#clock, collection, listener, options))
  }

  /** Starts a watcher. Resolves once it is connected, and rejects with what prevented that. */
  async #attach(lock: LockKind, watcherFor: (listener: WatchListener<Election>) => Watching): Promise<void> {
    const connected = Promise.withResolvers<undefined>()
    const source = this.store.addSource(lock, () => watcher.prove())
    // What was listed is told only once the watch is open: where watching is refused, nothing was there to be told.
    let listed: WatchMessage<Election> | null = null
    let hasConnected = false
    const watcher = watcherFor((message) => {
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
    })
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

/** What to say where an election is polled. */
function pollingText(place: ElectionRef, { subject }: ClusterError): string {
  const verb = subject?.verb ?? 'watch'
  return (
    `You are not allowed to ${verb} the ${placeText(place)}, so it is read every ` +
    `${POLL_INTERVAL_MS / 1_000}s instead of being watched.`
  )
}

/** A watcher ends with a ClusterError only before it has connected. Its caller then decides what to do. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof ClusterError)) throw error
}
