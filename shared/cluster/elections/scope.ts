import type { LockKind } from '../../lease/election-ref.ts'
import { type Phrase } from '../../phrase.ts'

/** Which elections are asked for. */
export interface ElectionScope {
  /** One namespace, several, or all of them. */
  readonly namespaces: 'all' | readonly string[]
  /** Only these names; undefined is all. With one name and one namespace the server is asked for that object alone. */
  readonly names?: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Which kinds of lock are looked at; default: leases alone. */
  readonly locks?: readonly LockKind[]
}

/** What of a scope could be read, where that is less than all that was asked for. */
export interface Restriction {
  /** The namespaces that are read instead of all. */
  readonly namespaces: readonly string[]
  /** One sentence for a person. */
  readonly message: string
  /** The same, for a translation. */
  readonly phrase?: Phrase
}
