// A custom lock, and the tests that show that an elector can rely on it. See docs/library.md.
import { test } from 'node:test'
import { LockError, type ElectionRecord, type Lock, type LockedRecord } from '../../shared/index.ts'
import { lockConformance } from '../../shared/testing/index.ts'

/** Elections by name, for candidates in one process. Put your own storage in its place. */
class Elections {
  readonly records = new Map<string, LockedRecord>()
  #version = 0

  /** One counter for all records, so that versions grow even if a record was deleted in between. */
  put(name: string, record: ElectionRecord): LockedRecord {
    const locked = { record, version: String(++this.#version), handedOver: false }
    this.records.set(name, locked)
    return locked
  }
}

class MapLock implements Lock {
  readonly description: string
  readonly #elections: Elections
  readonly #name: string

  constructor(elections: Elections, name: string) {
    this.description = `election ${name} in a map`
    this.#elections = elections
    this.#name = name
  }

  async read(signal: AbortSignal): Promise<LockedRecord | null> {
    return this.#current(signal)
  }

  // There is no await between the read and the write, so that both are one atomic step.
  async create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    if (this.#current(signal)) throw new LockError('exists', `${this.description} exists already.`)
    return this.#elections.put(this.#name, record)
  }

  async update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    const current = this.#current(signal)
    if (!current) throw new LockError('absent', `${this.description} does not exist.`)
    if (current.version !== previous.version) throw new LockError('conflict', `${this.description} was written since.`)
    return this.#elections.put(this.#name, record)
  }

  #current(signal: AbortSignal): LockedRecord | null {
    if (signal.aborted) throw new LockError('unknown', `${this.description} was not asked.`)
    return this.#elections.records.get(this.#name) ?? null
  }
}

const elections = new Elections()
const place = {
  lock: (name: string) => new MapLock(elections, name),
  remove: async (name: string) => void elections.records.delete(name),
}
for (const { name, run } of lockConformance({ watches: false, tellsDeletions: false, acknowledges: false, handsOver: false })) {
  void test(name, () => run(place))
}
