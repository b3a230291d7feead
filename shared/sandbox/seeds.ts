import type { Clock } from '../time/clock.ts'
import { resourceById, resourceId } from './resources.ts'
import { prepareForCreate } from './strategy.ts'
import { keyOf, newUid, without, type Storage, type StoredObject } from './storage.ts'
import { timestamp } from './write.ts'

/** An object to plant: anything with a name. */
export interface PlantedObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** Access to the storage past the API: for what a server starts with, and for what no client could write. */
export class Seeds {
  readonly #storage: Storage
  readonly #clock: Clock

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** The namespaces that every cluster has. */
  plantNamespaces(): void {
    const resource = resourceById('namespaces')
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      this.plant('namespaces', prepareForCreate(resource, { metadata: { name } }))
    }
    // As on a real server, whose caches begin at some revision: nothing can be watched from before.
    this.#storage.compact()
  }

  plant(id: string, object: PlantedObject): string {
    const resource = resourceById(id)
    const { metadata } = object
    // The collection knows the kind.
    const rest = without(object, ['kind', 'apiVersion', 'metadata'])
    const { name } = metadata
    const namespace = resource.namespaced ? (metadata.namespace ?? 'default') : undefined
    const key = keyOf(namespace, name)
    const collection = this.#storage.collection(resourceId(resource))
    const before = collection.get(key)?.object.metadata
    const planted: StoredObject = {
      metadata: {
        ...(namespace === undefined ? {} : { namespace }),
        uid: before?.uid ?? newUid(),
        resourceVersion: '',
        creationTimestamp: before?.creationTimestamp ?? timestamp(this.#clock),
        ...metadata,
      },
      ...rest,
    }
    return String(collection.put(key, planted).revision)
  }

  uproot(id: string, namespace: string, name: string): boolean {
    const resource = resourceById(id)
    return this.#storage.collection(id).delete(keyOf(resource.namespaced ? namespace : undefined, name)) !== undefined
  }

  peek(id: string, namespace: string, name: string): StoredObject | undefined {
    const resource = resourceById(id)
    return this.#storage.collection(id).get(keyOf(resource.namespaced ? namespace : undefined, name))?.object
  }
}
