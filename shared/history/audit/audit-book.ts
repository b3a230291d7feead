import type { AuditWrite } from './audit-write.ts'

/**
 * Collects the writes of an audit log, each once, whatever the order of its events: files that overlap repeat them, and a
 * request has an event for each stage.
 */
export class AuditBook {
  readonly #writes = new Map<string, AuditWrite>()
  #withoutId = 0

  add(write: AuditWrite): void {
    const key = write.auditId === '' ? String(this.#withoutId++) : write.auditId
    const known = this.#writes.get(key)
    if (!known || isBetter(write, known)) this.#writes.set(key, write)
  }

  get size(): number {
    return this.#writes.size
  }

  [Symbol.iterator](): IterableIterator<AuditWrite> {
    return this.#writes.values()
  }
}

const LEVELS = ['Metadata', 'Request', 'RequestResponse']

/** A completed request says more than one that was only received; of the same stage, the event of the higher level does. */
function isBetter(write: AuditWrite, known: AuditWrite): boolean {
  const isCompleted = write.completedMs !== null
  if (isCompleted !== (known.completedMs !== null)) return isCompleted
  return LEVELS.indexOf(write.level) > LEVELS.indexOf(known.level)
}
