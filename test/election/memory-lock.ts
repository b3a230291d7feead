import type { ElectionRecord } from '../../shared/lease/record.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { Acknowledgement, LockedRecord, LockEvent } from '../../shared/locks/lock.ts'
import type { HandoverLock } from '../../shared/locks/handover.ts'

/** What happens to the next request instead of its being served; `hang` never answers. */
type Trouble = LockError | 'hang' | 'apply-and-hang'

/** What stands beside a record. */
interface Beside {
  readonly handedOver?: boolean
  readonly acknowledgement?: Acknowledgement | null
}

/** A lock in memory, for many electors; it answers at once, and goes wrong on demand. */
export class MemoryLock implements HandoverLock {
  readonly description = 'lease default/test'
  readonly watch?: NonNullable<HandoverLock['watch']>
  readonly acknowledge?: NonNullable<HandoverLock['acknowledge']>
  /** All requests, as `verb holder`. */
  readonly requests: string[] = []
  /** Taken one by one, oldest first. */
  readonly troubles: Trouble[] = []
  isDown = false
  /** Watches tell nothing, and do not end. */
  isWatchSilent = false
  /** What becomes of a record on its way into the storage, as admission may have it. */
  alter = (record: ElectionRecord): ElectionRecord => record
  #locked: LockedRecord | null = null
  #version = 100
  #listeners = new Set<(event: LockEvent) => void>()
  watches = 0

  constructor(options: { canWatch?: boolean; canAcknowledge?: boolean } = {}) {
    if (options.canAcknowledge ?? true) this.acknowledge = (previous, said, signal) => this.#acknowledge(previous, said, signal)
    if (options.canWatch ?? true) this.watch = (listener, signal) => this.#watch(listener, signal)
  }

  get record(): ElectionRecord | null {
    return this.#locked?.record ?? null
  }

  get version(): string | null {
    return this.#locked?.version ?? null
  }

  async read(signal: AbortSignal): Promise<LockedRecord | null> {
    return this.#serve('read', () => this.#locked, signal)
  }

  async create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    const apply = (): LockedRecord => {
      if (this.#locked) throw new LockError('exists', 'it exists')
      return this.write(record)
    }
    return this.#serve(`create ${record.holderIdentity}`, apply, signal)
  }

  async update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#replace(`update ${record.holderIdentity || '(released)'}`, previous, record, {}, signal)
  }

  async handOver(previous: LockedRecord, record: ElectionRecord, nonce: string, signal: AbortSignal): Promise<LockedRecord> {
    return this.#replace(`hand over ${record.holderIdentity} ${nonce}`, previous, record, { handedOver: true }, signal)
  }

  async #acknowledge(previous: LockedRecord, acknowledgement: Acknowledgement, signal: AbortSignal): Promise<LockedRecord> {
    return this.#replace(`acknowledge ${acknowledgement.nonce}`, previous, previous.record, { acknowledgement }, signal)
  }

  async #replace(request: string, previous: LockedRecord, record: ElectionRecord, beside: Beside, signal: AbortSignal): Promise<LockedRecord> {
    const apply = (): LockedRecord => {
      if (!this.#locked) throw new LockError('absent', 'it is gone')
      if (this.#locked.version !== previous.version) throw new LockError('conflict', 'it was written')
      return this.write(record, beside)
    }
    return this.#serve(request, apply, signal)
  }

  get acknowledgement(): Acknowledgement | null {
    return this.#locked?.acknowledgement ?? null
  }

  /** Writes as somebody else does: without asking. */
  write(record: ElectionRecord, { handedOver = false, acknowledgement = null }: Beside = {}): LockedRecord {
    this.#version += 1
    const locked = { record: this.alter(record), version: String(this.#version), handedOver, acknowledgement }
    this.#locked = locked
    if (!this.isWatchSilent) for (const listener of this.#listeners) listener({ type: 'written', locked })
    return locked
  }

  /** Loses all that it has, its counter included, without a word. */
  lose(): void {
    this.#version = 0
    this.#locked = null
  }

  delete(): void {
    this.#version += 1
    this.#locked = null
    for (const listener of this.#listeners) listener({ type: 'deleted', version: String(this.#version) })
  }

  async #serve<Answer>(request: string, serve: () => Answer, signal: AbortSignal): Promise<Answer> {
    this.requests.push(request)
    const trouble = this.isDown ? new LockError('unknown', 'down') : this.troubles.shift()
    if (trouble === 'apply-and-hang') serve()
    if (trouble === 'hang' || trouble === 'apply-and-hang') {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new LockError('unknown', 'no answer')), { once: true })
      })
    }
    if (trouble) throw trouble
    return serve()
  }

  #watch(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void> {
    this.watches += 1
    return new Promise((resolve) => {
      this.#listeners.add(listener)
      if (this.#locked) listener({ type: 'written', locked: this.#locked })
      signal.addEventListener('abort', () => {
        this.#listeners.delete(listener)
        resolve()
      })
    })
  }
}
