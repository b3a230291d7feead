import { randomUUID } from 'node:crypto'

/** The metadata that every object has; what else there is stays as it was written. */
export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  creationTimestamp?: string | null
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  [field: string]: unknown
}

/** An object without its `kind` and `apiVersion`, which its collection knows. Never changed once it is stored. */
export interface StoredObject {
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** One version of one object. */
export class Version {
  readonly key: string
  readonly object: StoredObject
  readonly revision: number
  #json: string | undefined

  constructor(key: string, object: StoredObject, revision: number) {
    this.key = key
    this.object = object
    this.revision = revision
  }

  /** The object as JSON without `kind` and `apiVersion`; made once. */
  get json(): string {
    return (this.#json ??= JSON.stringify(this.object))
  }
}

/** One change of one collection. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  /** What is there now; for a deletion the last state, under the revision of the deletion. */
  readonly version: Version
  /** What was there before; null for an addition. */
  readonly previous: Version | null
}

export type ChangeListener = (change: Change) => void

/** The key of an object in its collection; sorts as in etcd. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name
}

/** The objects of one resource, with the history that watches and older lists need. */
export class Collection {
  readonly #storage: Storage
  readonly #objects = new Map<string, Version>()
  readonly #listeners = new Set<ChangeListener>()
  #sortedKeys: string[] | null = null
  #history: Change[] = []
  #compactedRevision: number

  constructor(storage: Storage) {
    this.#storage = storage
    this.#compactedRevision = storage.compactedRevision
  }

  get size(): number {
    return this.#objects.size
  }

  /** What is older than this is no longer known. */
  get compactedRevision(): number {
    return this.#compactedRevision
  }

  get(key: string): Version | undefined {
    return this.#objects.get(key)
  }

  /** Stores an object under a new revision and tells everyone who listens. */
  put(key: string, object: StoredObject): Version {
    const previous = this.#objects.get(key) ?? null
    const version = this.#next(key, object)
    this.#objects.set(key, version)
    if (!previous) this.#sortedKeys = null
    this.#record({ type: previous ? 'MODIFIED' : 'ADDED', revision: version.revision, version, previous })
    return version
  }

  /** Removes an object; undefined where there was none. `last` replaces the final state. */
  delete(key: string, last?: StoredObject): Version | undefined {
    const previous = this.#objects.get(key)
    if (!previous) return undefined
    const version = this.#next(key, last ?? previous.object)
    this.#objects.delete(key)
    this.#sortedKeys = null
    this.#record({ type: 'DELETED', revision: version.revision, version, previous })
    return version
  }

  /** All versions whose key starts with `prefix`, in order of their keys. */
  list(prefix = ''): Version[] {
    const keys = (this.#sortedKeys ??= [...this.#objects.keys()].sort())
    const versions: Version[] = []
    for (let index = lowerBound(keys, prefix); index < keys.length; index++) {
      const key = keys[index]!
      if (!key.startsWith(prefix)) break
      versions.push(this.#objects.get(key)!)
    }
    return versions
  }

  /** The collection as it was at `revision`, in order of the keys; null where that is no longer known. */
  listAt(revision: number, prefix = ''): Version[] | null {
    if (revision < this.#compactedRevision) return null
    const then = new Map<string, Version | null>()
    for (let index = this.#history.length - 1; index >= 0; index--) {
      const change = this.#history[index]!
      if (change.revision <= revision) break
      then.set(change.version.key, change.previous)
    }
    const now = this.list(prefix)
    if (then.size === 0) return now
    const versions = now.filter((version) => !then.has(version.key))
    for (const [key, version] of then) if (version && key.startsWith(prefix)) versions.push(version)
    return versions.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** The changes after `revision`, oldest first; null where they are no longer all known. */
  changesSince(revision: number): Change[] | null {
    if (revision < this.#compactedRevision) return null
    let start = this.#history.length
    while (start > 0 && this.#history[start - 1]!.revision > revision) start--
    return this.#history.slice(start)
  }

  /** Calls `listener` at every change, at once, until the returned function is called. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Forgets the history. */
  compact(revision: number): void {
    this.#history = []
    this.#compactedRevision = revision
  }

  #next(key: string, object: StoredObject): Version {
    const revision = this.#storage.advance()
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    return new Version(key, { ...object, metadata }, revision)
  }

  #record(change: Change): void {
    this.#history.push(change)
    // Trimmed in steps, so that a full history costs no copy at every change.
    const excess = this.#history.length - this.#storage.historyLimit
    if (excess > this.#storage.historyLimit / 4) {
      this.#compactedRevision = this.#history[excess - 1]!.revision
      this.#history = this.#history.slice(excess)
    }
    for (const listener of this.#listeners) listener(change)
  }
}

/** What etcd and the API server's watch cache are to a cluster: versioned collections under one revision counter. */
export class Storage {
  /** How many changes of each collection are kept at least. */
  readonly historyLimit: number
  readonly #collections = new Map<string, Collection>()
  #revision = 1
  #compactedRevision = 1

  constructor(historyLimit: number) {
    this.historyLimit = historyLimit
  }

  /** The revision of the last change, of whatever collection. */
  get revision(): number {
    return this.#revision
  }

  get compactedRevision(): number {
    return this.#compactedRevision
  }

  /** @param id `plural.group`, or `plural` in the core group. */
  collection(id: string): Collection {
    let collection = this.#collections.get(id)
    if (!collection) {
      collection = new Collection(this)
      this.#collections.set(id, collection)
    }
    return collection
  }

  collections(): IterableIterator<Collection> {
    return this.#collections.values()
  }

  /** Takes the next revision. */
  advance(): number {
    return ++this.#revision
  }

  /** Forgets all history, so that every older resourceVersion is answered with 410. */
  compact(): void {
    // One step on, so that even what was read just now is older than what is kept.
    this.#compactedRevision = this.advance()
    for (const collection of this.#collections.values()) collection.compact(this.#compactedRevision)
  }
}

/** A copy that lacks some fields. */
export function without(object: object, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)))
}

/** A new object identity. */
export function newUid(): string {
  return randomUUID()
}

function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
