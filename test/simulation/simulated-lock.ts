import type { ElectionRecord } from '../../shared/lease/record.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { Acknowledgement, LockedRecord, LockEvent } from '../../shared/locks/lock.ts'
import type { HandoverLock } from '../../shared/locks/handover.ts'
import type { Judge } from './judge/judge.ts'
import { GOOD_WATCH, type Link, type WatchQuality } from './network.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { AppliedWrite, Store, StoredObject, StoreResult, Writer } from './store.ts'

interface World {
  readonly scheduler: Scheduler
  readonly store: Store
  readonly judge: Judge
}

/** The lock of one process, over a link on which everything can go wrong. */
export class SimulatedLock implements HandoverLock {
  readonly description = 'lease default/simulated'
  watchQuality: WatchQuality = GOOD_WATCH
  readonly watch?: NonNullable<HandoverLock['watch']>
  readonly acknowledge?: NonNullable<HandoverLock['acknowledge']>
  readonly #world: World
  readonly #process: Process
  readonly #link: Link
  readonly #random: Random
  readonly #writer: Writer

  constructor(
    world: World,
    process: Process,
    link: Link,
    random: Random,
    can: { readonly watch: boolean; readonly acknowledge: boolean },
    isCandidate = true,
  ) {
    this.#world = world
    this.#process = process
    this.#link = link
    this.#random = random
    this.#writer = { name: process.name, isCandidate, isFailover: !isCandidate }
    if (can.watch) this.watch = (listener, signal) => this.#watch(listener, signal)
    if (can.acknowledge) {
      this.acknowledge = (previous, acknowledgement, signal) =>
        this.#replace(previous, previous.record, { acknowledgement }, signal)
    }
  }

  async read(signal: AbortSignal): Promise<LockedRecord | null> {
    const result = await this.#send(() => this.#world.store.object, signal)
    const locked = result && lockedOf(result)
    this.#world.judge.told(this.#process, locked, result && { serial: result.serial, version: result.version, isRead: true })
    return locked
  }

  async create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#write(record, null, (writer) => this.#world.store.create(writer, record), signal)
  }

  async update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#replace(previous, record, {}, signal)
  }

  async handOver(
    previous: LockedRecord,
    record: ElectionRecord,
    _nonce: string,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    return this.#replace(previous, record, { handedOver: true }, signal)
  }

  async #replace(
    previous: LockedRecord,
    record: ElectionRecord,
    { handedOver = false, acknowledgement = null }: { handedOver?: boolean; acknowledgement?: Acknowledgement | null },
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const version = previous.version === '' ? null : Number(previous.version)
    const labels = (previous.handle as { labels: string } | undefined)?.labels ?? ''
    const change = { record, labels, handedOver, acknowledgement }
    return this.#write(record, previous, (writer) => this.#world.store.update(writer, version, change), signal)
  }

  async #write(
    record: ElectionRecord,
    base: LockedRecord | null,
    apply: (writer: Writer) => StoreResult,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const sent = this.#world.judge.sent(this.#process, record, base)
    const result = await this.#send(() => {
      this.#world.judge.applying(sent)
      return apply(this.#writer)
    }, signal)
    if ('refused' in result) throw new LockError(result.refused, result.refused)
    const locked = lockedOf(result.object)
    this.#world.judge.acknowledged(sent, locked)
    return locked
  }

  /** There and back; hangs where an answer never comes, until the signal is aborted. */
  #send<Answer>(serve: () => Answer, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#process.state === 'dead') return
      const { scheduler } = this.#world
      const fate = this.#link.fate()
      const abort = (): void => reject(new LockError('unknown', 'aborted'))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort, { once: true })
      const fail = (): void => {
        if (fate.failsFast) {
          scheduler.after(1, () => this.#process.deliver(() => reject(new LockError('unknown', 'connection lost'))))
        }
      }
      if (fate.thereMs === null) return fail()
      scheduler.after(fate.thereMs, () => {
        const { refusal } = this.#link
        if (refusal !== null) {
          scheduler.after(1, () => this.#process.deliver(() => reject(new LockError(refusal, refusal))))
          return
        }
        let answer = serve()
        if (fate.isRepeated) answer = serve()
        if (fate.backMs === null || this.#link.isCut) return fail()
        scheduler.after(fate.backMs, () => this.#process.deliver(() => resolve(answer)))
      })
    })
  }

  #watch(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const { scheduler, store } = this.#world
      const random = this.#random
      if (!this.watchQuality.isAllowed) {
        scheduler.after(2, () => this.#process.deliver(() => reject(new LockError('forbidden', 'may not watch'))))
        return
      }
      if (this.#link.isCut) {
        scheduler.after(5, () => this.#process.deliver(() => reject(new LockError('unknown', 'no connection'))))
        return
      }
      let isSilent = false
      let lastMs = 0
      const send = (event: LockEvent, serial: number): void => {
        if (this.#process.state === 'dead') return end()
        const quality = this.watchQuality
        if (random.chance(quality.silent)) isSilent = true
        if (isSilent || this.#link.isCut || random.chance(quality.lossEvent)) return
        const times = random.chance(quality.repeatEvent) ? 2 : 1
        for (let i = 0; i < times; i++) {
          const isLate = random.chance(quality.lateEvent)
          const atMs = scheduler.nowMs + this.#link.delayMs() + (isLate ? random.between(0, 12_000) : 0)
          // What comes over one connection comes in order, except for what the world makes late.
          lastMs = isLate ? lastMs : Math.max(lastMs, atMs)
          scheduler.at(isLate ? atMs : lastMs, () => {
            this.#process.deliver(() => {
              if (signal.aborted) return
              const locked = event.type === 'written' ? event.locked : null
              this.#world.judge.told(this.#process, locked, { serial, version: eventVersion(event), isRead: false })
              listener(event)
            })
          })
        }
        if (random.chance(quality.end)) {
          end()
          this.#process.deliver(resolve)
        }
      }
      const unwatch = store.watch(
        (write) => send(eventOf(write), write.serial),
        () => {
          end()
          this.#process.deliver(resolve)
        },
      )
      const end = (): void => {
        unwatch()
        signal.removeEventListener('abort', onAbort)
      }
      const onAbort = (): void => {
        end()
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      if (store.object) send({ type: 'written', locked: lockedOf(store.object) }, store.object.serial)
    })
  }
}

function lockedOf(object: StoredObject): LockedRecord {
  return {
    record: object.record,
    version: String(object.version),
    handedOver: object.handedOver,
    acknowledgement: object.acknowledgement,
    handle: { labels: object.labels, serial: object.serial },
  }
}

function eventOf(write: AppliedWrite): LockEvent {
  return write.after
    ? { type: 'written', locked: lockedOf(write.after) }
    : { type: 'deleted', version: String(write.version) }
}

function eventVersion(event: LockEvent): number {
  return Number(event.type === 'written' ? event.locked.version : event.version)
}
