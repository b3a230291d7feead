import type { ElectionRecord } from '../../shared/lease/index.ts'
import type { Acknowledgement } from '../../shared/locks/index.ts'

/** The one object of the simulated world. */
export interface StoredObject {
  readonly record: ElectionRecord
  readonly version: number
  readonly handOver: boolean
  readonly acknowledgement: Acknowledgement | null
  /** What stands beside the record; candidates must keep it. */
  readonly labels: string
}

/** One write as it was applied. */
export interface AppliedWrite {
  readonly atMs: number
  readonly by: Writer
  readonly before: StoredObject | null
  /** Null for a deletion. */
  readonly after: StoredObject | null
  readonly version: number
}

/**
 * Who writes: a candidate's process, by name, or somebody who is no candidate. What a failover of ours writes is no
 * excuse for two leaders.
 */
export interface Writer {
  readonly name: string
  readonly isCandidate: boolean
  readonly isFailover?: boolean
}

export type StoreResult = { readonly object: StoredObject } | { readonly refused: 'conflict' | 'absent' | 'exists' }

/** The storage: one object, compare-and-swap, a version that grows with every write, and news for who asks for it. */
export class Store {
  readonly #now: () => number
  readonly #onWrite: (write: AppliedWrite) => void
  readonly #watchers = new Set<(write: AppliedWrite) => void>()
  #object: StoredObject | null = null
  #version = 100

  constructor(now: () => number, onWrite: (write: AppliedWrite) => void) {
    this.#now = now
    this.#onWrite = onWrite
  }

  get object(): StoredObject | null {
    return this.#object
  }

  watch(listener: (write: AppliedWrite) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  create(by: Writer, record: ElectionRecord): StoreResult {
    if (this.#object) return { refused: 'exists' }
    return this.#apply(by, { record, handOver: false, acknowledgement: null, labels: '' })
  }

  /** @param version what is replaced; null replaces whatever is there, as the API server does without one */
  update(by: Writer, version: number | null, change: Omit<StoredObject, 'version'>): StoreResult {
    if (!this.#object) return { refused: 'absent' }
    if (version !== null && version !== this.#object.version) return { refused: 'conflict' }
    return this.#apply(by, change)
  }

  delete(by: Writer): void {
    if (this.#object) this.#apply(by, null)
  }

  #apply(by: Writer, change: Omit<StoredObject, 'version'> | null): StoreResult {
    this.#version += 1
    const before = this.#object
    this.#object = change && { ...change, version: this.#version }
    const write = { atMs: this.#now(), by, before, after: this.#object, version: this.#version }
    this.#onWrite(write)
    for (const watcher of [...this.#watchers]) watcher(write)
    return { object: this.#object! }
  }
}
