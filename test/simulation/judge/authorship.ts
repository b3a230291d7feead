import type { ElectionRecord } from '../../../shared/lease/record.ts'
import type { AppliedWrite, StoredObject } from '../store.ts'
import { contentOf } from './candidate-state.ts'

/** What nobody but the writer could have written at that instant: the rest, a server or a hand may have changed. */
function signatureOf({ holderIdentity, leaseTransitions, renewTime }: ElectionRecord): string {
  return `${holderIdentity}|${leaseTransitions}|${renewTime}`
}

/** Who made the record what it is, state by state. */
export class Authorship {
  /** Who last changed the record, by the state's serial number. */
  readonly #writers = new Map<number, string>()
  /** The same, but who puts a record back is not its author. */
  readonly #authors = new Map<number, string>()
  readonly #candidateAuthors = new Map<string, string>()
  /** The contents of records that somebody handed over, with the mark, to the identity that they name. */
  readonly #handedOver = new Set<string>()

  /** The contents that somebody who is no candidate has written. */
  readonly #byHand = new Set<string>()

  /** Whether the storage has ever gone back: then versions come again. */
  hasGoneBack = false
  #newestVersion = 0

  /** Takes note of a write; returns whether it changed the record itself. */
  wrote(write: AppliedWrite): boolean {
    const { before, after, by, serial } = write
    const changed = !before || !after || contentOf(before.record) !== contentOf(after.record)
    this.#authors.set(serial, this.#authorOf(write, changed))
    if (write.version <= this.#newestVersion) this.hasGoneBack = true
    this.#newestVersion = write.version
    if (changed && after && !by.isCandidate && !by.isFailover) this.#byHand.add(contentOf(after.record))
    if (after?.handedOver) this.#handedOver.add(contentOf(after.record))
    this.#writers.set(serial, changed ? by.name : (this.#writers.get(before.serial) ?? by.name))
    return changed
  }

  writerOf(serial: number): string | undefined {
    return this.#writers.get(serial)
  }

  authorOf(serial: number): string | undefined {
    return this.#authors.get(serial)
  }

  /** Whether somebody who is no candidate has written this record, be it after a candidate had. */
  isByHand({ record }: StoredObject): boolean {
    return this.#byHand.has(contentOf(record))
  }

  /** What was handed over stays so while the record is the same, also where somebody takes the mark away. */
  isHandedOver(object: StoredObject | null): boolean {
    return object !== null && this.#handedOver.has(contentOf(object.record))
  }

  /** Which candidate wrote a record like this: nobody can tell one that was put back from one that was never gone. */
  #authorOf({ after, by }: AppliedWrite, changed: boolean): string {
    if (!after) return by.name
    const signature = signatureOf(after.record)
    if (changed && by.isCandidate) this.#candidateAuthors.set(signature, by.name)
    return this.#candidateAuthors.get(signature) ?? by.name
  }
}
