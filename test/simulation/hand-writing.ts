import type { ElectionRecord } from '../../shared/lease/record.ts'
import { PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { Fault } from './plan.ts'
import type { Scheduler } from './scheduler.ts'
import type { Store, StoredObject, Writer } from './store.ts'

const SOMEBODY: Writer = { name: 'somebody', isCandidate: false }

/** People and programs that write the record although they are no candidates. */
export class HandWriting {
  readonly #scheduler: Scheduler
  readonly #store: Store
  readonly #identities: () => readonly string[]
  readonly #past: StoredObject[] = []

  /** @param identities of those who stand at the moment */
  constructor(scheduler: Scheduler, store: Store, identities: () => readonly string[]) {
    this.#scheduler = scheduler
    this.#store = store
    this.#identities = identities
    store.watch((write) => {
      if (write.after) this.#past.push(write.after)
    })
  }

  /** Does what a fault of one of the writing kinds says; nothing, where there is nothing to write to. */
  write(fault: Fault): void {
    const object = this.#store.object
    if (!object) return
    const { record } = object
    switch (fault.kind) {
      case 'empty':
        return this.#edit(object, { holderIdentity: '' })
      case 'take':
        return this.#edit(object, { holderIdentity: 'somebody-else', renewTime: this.#time() })
      case 'give':
        return this.#edit(object, { holderIdentity: this.#someCandidate(fault.amount) })
      case 'delete':
        return this.#store.delete(SOMEBODY)
      case 'recreate': {
        this.#store.delete(SOMEBODY)
        const holderIdentity = fault.amount < 0.5 ? 'somebody-else' : record.holderIdentity
        this.#store.create(SOMEBODY, { ...record, holderIdentity, renewTime: this.#time() })
        return
      }
      case 'roll-back': {
        const old = this.#past[Math.floor(fault.amount * this.#past.length)]!
        return this.#edit(object, old.record)
      }
      // Whoever watches is cut off, and what was written since is forgotten.
      case 'restore':
        return this.#store.restore(SOMEBODY, this.#past[Math.floor(fault.amount * this.#past.length)]!)
      case 'lose-all':
        return this.#store.restore(SOMEBODY, null)
      case 'stretch':
        return this.#edit(object, { leaseDurationSeconds: fault.amount < 0.5 ? 1 : (record.leaseDurationSeconds ?? 1) + 3 })
      case 'edit-labels':
        this.#store.update(SOMEBODY, null, { ...object, labels: `${object.labels}+` })
        return
      case 'failover':
        return this.#failover(object, fault)
      default:
        throw new Error(`${fault.kind} is no writing`)
    }
  }

  /** A failover: a placeholder, renewed, then a release or a handover; or it is killed in between. */
  #failover(object: StoredObject, fault: Fault): void {
    const holderIdentity = `${PLACEHOLDER_PREFIX}${Math.floor(fault.amount * 1e6)}`
    const seconds = (object.record.leaseDurationSeconds ?? 1) + 3
    const everyMs = seconds * 100
    const block = (leftMs: number): void => {
      const current = this.#store.object
      if (!current || (leftMs < fault.durationMs && current.record.holderIdentity !== holderIdentity)) return
      if (leftMs > 0) {
        this.#edit(current, { holderIdentity, leaseDurationSeconds: seconds, renewTime: this.#time() })
        this.#scheduler.after(everyMs, () => block(leftMs - everyMs))
        return
      }
      if (fault.amount < 0.4) {
        this.#edit(current, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#time() })
      } else if (fault.amount < 0.8) {
        const record = {
          ...current.record,
          holderIdentity: this.#someCandidate(fault.amount),
          leaseTransitions: current.record.leaseTransitions + 1,
          renewTime: this.#time(),
        }
        this.#store.update(SOMEBODY, null, { ...current, record, handedOver: true })
      }
    }
    block(fault.durationMs)
  }

  #edit(object: StoredObject, change: Partial<ElectionRecord>): void {
    this.#store.update(SOMEBODY, null, { ...object, handedOver: false, record: { ...object.record, ...change } })
  }

  #someCandidate(amount: number): string {
    const identities = this.#identities()
    return identities[Math.floor(amount * 1000) % identities.length] ?? 'somebody-else'
  }

  #time(): string {
    return new Date(Date.UTC(2026, 0, 1) + Math.floor(this.#scheduler.nowMs)).toISOString().replace('Z', '500Z')
  }
}
