import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { Acknowledgement } from '../../shared/locks/lock.ts'

/** The one object of the simulated world. */
export interface StoredObject {
  readonly record: ElectionRecord
  readonly version: number
  /** Which state of the world this is: unlike the version, it never goes back. No candidate knows it. */
  readonly serial: number
  readonly handedOver: boolean
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
  readonly serial: number
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

type Change = Pick<StoredObject, 'record' | 'handedOver' | 'acknowledgement' | 'labels'>

interface Watcher {
  readonly onWrite: (write: AppliedWrite) => void
  readonly onBroken: () => void
}

/** The storage: one object, compare-and-swap, a version that grows with every write, and news for who asks for it. */
export class Store {
  readonly #now: () => number
  readonly #onWrite: (write: AppliedWrite) => void
  readonly #watchers = new Set<Watcher>()
  #object: StoredObject | null = null
  #version = 100
  #serial = 0

  constructor(now: () => number, onWrite: (write: AppliedWrite) => void) {
    this.#now = now
    this.#onWrite = onWrite
  }

  get object(): StoredObject | null {
    return this.#object
  }

  /** @param onBroken where the storage was restored: nothing more comes */
  watch(onWrite: (write: AppliedWrite) => void, onBroken: () => void = () => undefined): () => void {
    const watcher = { onWrite, onBroken }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  create(by: Writer, record: ElectionRecord): StoreResult {
    if (this.#object) return { refused: 'exists' }
    return this.#apply(by, { record, handedOver: false, acknowledgement: null, labels: '' })
  }

  /** @param version what is replaced; null replaces whatever is there, as the API server does without one */
  update(by: Writer, version: number | null, change: Change): StoreResult {
    if (!this.#object) return { refused: 'absent' }
    if (version !== null && version !== this.#object.version) return { refused: 'conflict' }
    return this.#apply(by, change)
  }

  delete(by: Writer): void {
    if (this.#object) this.#apply(by, null)
  }

  /** What a backup does that is put back: an old state, as it was, with its version, from which versions go on. */
  restore(by: Writer, past: StoredObject | null): void {
    this.#version = past?.version ?? 0
    this.#place(by, past, this.#version)
    for (const watcher of [...this.#watchers]) watcher.onBroken()
  }

  #apply(by: Writer, change: Change | null): StoreResult {
    this.#version += 1
    const write = this.#place(by, change, this.#version)
    for (const watcher of [...this.#watchers]) watcher.onWrite(write)
    return { object: this.#object! }
  }

  #place(by: Writer, change: Change | null, version: number): AppliedWrite {
    this.#serial += 1
    const before = this.#object
    this.#object = change && { ...change, version, serial: this.#serial }
    const write = { atMs: this.#now(), by, before, after: this.#object, version, serial: this.#serial }
    this.#onWrite(write)
    return write
  }
}
