import type { PodFacts } from './pods.ts'
import { type Phrase } from '../../phrase.ts'

/** How sure it is who a holder identity belongs to; see {@link Holder}. */
export type Confidence = 'exact' | 'derived' | 'none'

/** What controls a Pod, at the top of its chain of controllers: the Deployment rather than its ReplicaSet. */
export interface Owner {
  readonly kind: string
  readonly name: string
}

/**
 * Who a holder identity belongs to.
 *
 * - `exact`: a Pod of the very name that the identity gives exists in the election's namespace, or in the one that the
 *   identity names, and nothing speaks against it; or the same of the Node or API server that the lease is about.
 * - `derived`: it follows from a part of the identity, a host name, a Node, or a Pod elsewhere, or something speaks
 *   against it (it is younger than the record).
 * - `none`: nothing was found, or several that are equally likely, or nothing could be read.
 */
export interface Holder {
  readonly kind: 'Pod' | 'Node' | 'APIServer' | 'Unknown'
  /** Null of what has none. */
  readonly namespace: string | null
  /** Null with confidence `none`. */
  readonly name: string | null
  /** The Node it runs on, or is. */
  readonly node: string | null
  readonly confidence: Confidence
  /** How that is known, or why not, for a person. */
  readonly because: Phrase
  /**
   * What speaks against it: the Pod of that name is `younger` than the record; or it is `absent`, though everything
   * that could be it was read.
   */
  readonly doubt: 'younger' | 'absent' | null
  readonly owner: Owner | null
  /** With kind `Pod`. */
  readonly pod: PodFacts | null
}
