import type { ApiRequest } from '../client.ts'
import type { RequestSubject } from '../errors.ts'

/** A set of objects that the API server lists and watches, and what of each is wanted. */
export interface Collection<T> {
  /** The path of the collection; see `apiPath`. */
  readonly path: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Whether an object's metadata is all that is wanted, so that the rest need not travel. Default false. */
  readonly isMetadataEnough?: boolean
  /** What the collection is, for messages. */
  readonly subject: Omit<RequestSubject, 'verb'>
  /** Takes what is wanted out of an object; null if the object does not belong to the collection. Throws nothing. */
  decode(object: unknown): T | null
}

/**
 * What to accept, where metadata is enough: the same for a list and for the objects of a watch. A server that can't
 * leave the rest out sends it all.
 */
export function metadataOnly(verb: 'list' | 'watch'): string {
  const kind = verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata'
  return `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`
}

/**
 * Asks for one object of a collection, which the server reads from etcd: a list without a version never comes from its
 * cache where a limit is given. The label selector is left out: with it, the server might have to look at every object
 * to find one. It is asked to find out how the server does now, so it is sent once.
 */
export function firstObjectRequest({ path, fieldSelector, subject, isMetadataEnough }: Collection<unknown>): ApiRequest {
  return {
    method: 'GET',
    path,
    query: { limit: 1, fieldSelector },
    onCut: 'fail',
    subject: { verb: 'list', ...subject },
    ...(isMetadataEnough && { accept: metadataOnly('list') }),
  }
}
