import { ClusterError } from '../cluster/errors.ts'
import type { ApiClient } from '../cluster/client.ts'
import { watchObjects } from '../cluster/list-watch/object-watch.ts'
import { apiPath, type Resource } from '../cluster/paths.ts'
import { SharedRun } from '../cluster/list-watch/shared-run.ts'
import type { WatchEvent } from '../cluster/list-watch/watch-stream.ts'

/** Up to this many objects are watched one by one; more share a watch of the whole namespace. */
const MOST_OWN_WATCHES = 20

type OnEvent = (event: WatchEvent) => void

/**
 * The watches of objects of one kind in one namespace, over one connection. Up to 20 objects are watched by name, for which
 * RBAC's `resourceNames` are enough. More of them share a watch of the namespace, unless that is refused. When a shared
 * watch is renewed, every five to ten minutes, and has too few users left, they watch by name again.
 */
export class SharedWatches {
  readonly #client: ApiClient
  readonly #resource: Resource
  readonly #namespace: string
  readonly #listeners = new Map<string, Set<OnEvent>>()
  #count = 0
  readonly #sharedWatch = new SharedRun<void>((signal) => this.#watchAll(signal))
  #mode: 'own' | 'shared' | 'refused' = 'own'
  /** Aborted when the watches by name should join the shared watch. */
  #join = new AbortController()

  constructor(client: ApiClient, resource: Resource, namespace: string) {
    this.#client = client
    this.#resource = resource
    this.#namespace = namespace
  }

  /** Reports changes of one object as `watchObjects` does. A user that joins a shared watch late gets only later changes. */
  async watch(name: string, onEvent: OnEvent, signal: AbortSignal): Promise<void> {
    this.#add(name, onEvent)
    try {
      let isToGoOn = true
      while (isToGoOn && !signal.aborted) {
        if (this.#mode === 'own' && this.#count > MOST_OWN_WATCHES) this.#mode = 'shared'
        isToGoOn = this.#mode === 'shared' ? await this.#share(signal) : await this.#watchAlone(name, onEvent, signal)
      }
    } finally {
      this.#remove(name, onEvent)
    }
  }

  /** Returns whether to continue in the other mode. */
  async #watchAlone(name: string, onEvent: OnEvent, signal: AbortSignal): Promise<boolean> {
    const join = this.#join.signal
    const objects = { resource: this.#resource, namespace: this.#namespace, name }
    await watchObjects(this.#client, objects, { onEvent }, AbortSignal.any([signal, join]))
    return join.aborted
  }

  /** Returns whether to continue in the other mode. */
  async #share(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#sharedWatch.join(signal)
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof ClusterError && error.kind === 'forbidden')) throw error
      this.#mode = 'refused'
    }
    return this.#mode !== 'shared'
  }

  async #watchAll(signal: AbortSignal): Promise<void> {
    const giveUp = new AbortController()
    let isFirst = true
    const onOpen = (): void => {
      if (isFirst) {
        isFirst = false
        this.#join.abort()
        this.#join = new AbortController()
      } else if (this.#count <= MOST_OWN_WATCHES) {
        this.#mode = 'own'
        giveUp.abort()
      }
    }
    const onEvent = (event: WatchEvent): void => this.#listeners.get(event.name)?.forEach((listener) => listener(event))
    const objects = { resource: this.#resource, namespace: this.#namespace }
    await watchObjects(this.#client, objects, { onOpen, onEvent }, AbortSignal.any([signal, giveUp.signal]))
  }

  #add(name: string, onEvent: OnEvent): void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(onEvent))
    this.#count += 1
  }

  #remove(name: string, onEvent: OnEvent): void {
    const listeners = this.#listeners.get(name)!
    listeners.delete(onEvent)
    if (listeners.size === 0) this.#listeners.delete(name)
    this.#count -= 1
  }
}

const watchesByClient = new WeakMap<ApiClient, Map<string, SharedWatches>>()

/** The watches of this kind in this namespace. All users of the connection share them. */
export function sharedWatches(client: ApiClient, resource: Resource, namespace: string): SharedWatches {
  const ofClient = watchesByClient.get(client) ?? new Map<string, SharedWatches>()
  watchesByClient.set(client, ofClient)
  const path = apiPath(resource, { namespace })
  const watches = ofClient.get(path) ?? new SharedWatches(client, resource, namespace)
  ofClient.set(path, watches)
  return watches
}
