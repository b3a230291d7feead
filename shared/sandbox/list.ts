import type { Target } from './request-info.ts'
import { resourceId, type Resource } from './resources.ts'
import type { ListMetadata, Representation } from './representation.ts'
import { parseFieldSelector, parseLabelSelector, type Selector } from './selectors.ts'
import { badRequest, expired, invalid, tooLargeResourceVersion, unparsableVersion, type FieldCause } from './status.ts'
import type { Collection, Storage, Version } from './storage.ts'
import { forbiddenValue, unsupportedValue } from './validation.ts'

/** What a list or a watch asks for, read from its query. */
export interface CollectionQuery {
  readonly select: Selector | null
  readonly limit: number
  readonly continueToken: string
  /** Null where none was given, which means: the most recent. */
  readonly resourceVersion: number | null
  readonly match: 'Exact' | 'NotOlderThan' | null
}

/** The objects that a request names: the prefix of their keys. */
export function prefixOf(resource: Resource, namespace: string): string {
  return resource.namespaced && namespace ? `${namespace}/` : ''
}

/** Reads a resourceVersion as the API server's storage does. Throws 500, as that does. */
export function parseResourceVersion(text: string | null): number | null {
  if (text === null || text === '') return null
  if (!/^\d+$/.test(text)) throw unparsableVersion(text, `resourceVersion: Invalid value: ${JSON.stringify(text)}: `)
  return Number(text)
}

/** Reads the query of a list or watch. Throws 400 and 422, as apimachinery's `ValidateListOptions` does. */
export function parseCollectionQuery(query: URLSearchParams, resource: Resource, isWatch: boolean): CollectionQuery {
  const selectors = [
    parseLabelSelector(query.get('labelSelector') ?? ''),
    parseFieldSelector(query.get('fieldSelector') ?? '', resource),
  ].filter((selector) => selector !== null)
  const continueToken = query.get('continue') ?? ''
  const resourceVersion = parseResourceVersion(query.get('resourceVersion'))
  const match = query.get('resourceVersionMatch') || null
  const causes = optionCauses(query, match, resourceVersion, continueToken, isWatch)
  if (causes.length > 0) throw invalid('ListOptions', 'meta.k8s.io', '', causes)
  return {
    select: selectors.length > 0 ? (object) => selectors.every((selector) => selector(object)) : null,
    limit: wholeNumber(query.get('limit')),
    continueToken,
    resourceVersion,
    match: match as CollectionQuery['match'],
  }
}

function optionCauses(
  query: URLSearchParams,
  match: string | null,
  resourceVersion: number | null,
  continueToken: string,
  isWatch: boolean,
): FieldCause[] {
  const causes: FieldCause[] = []
  const gate = 'is forbidden for watch unless the WatchList feature gate is enabled'
  if (match !== null) {
    const field = 'resourceVersionMatch'
    if (isWatch) causes.push(forbiddenValue(field, `${field} ${gate}`))
    else if (resourceVersion === null) {
      causes.push(forbiddenValue(field, `${field} is forbidden unless resourceVersion is provided`))
    }
    if (continueToken) causes.push(forbiddenValue(field, `${field} is forbidden when continue is provided`))
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(unsupportedValue(field, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && resourceVersion === 0) {
      causes.push(forbiddenValue(field, `${field} "exact" is forbidden for resourceVersion "0"`))
    }
  }
  // Streamed lists (KEP-3157) are not offered: refused as a server does whose WatchList feature is off.
  if (query.has('sendInitialEvents')) {
    const field = 'sendInitialEvents'
    causes.push(forbiddenValue(field, isWatch ? `${field} ${gate}` : `${field} is forbidden for list`))
  }
  return causes
}

export function wholeNumber(text: string | null): number {
  if (text === null || text === '') return 0
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  return Number(text)
}

/** Answers a list: the JSON of a List or a Table. */
export function listObjects(
  storage: Storage,
  target: Target & { readonly resource: Resource },
  query: CollectionQuery,
  representation: Representation,
): string {
  const collection = storage.collection(resourceId(target.resource))
  const prefix = prefixOf(target.resource, target.namespace)
  const snapshot = query.continueToken
    ? continuedSnapshot(collection, storage, prefix, query)
    : freshSnapshot(collection, storage, prefix, query)
  // A list from the watch cache (resourceVersion=0) is never paged.
  const limit = query.resourceVersion === 0 && !query.continueToken ? 0 : query.limit
  const { page, rest } = cut(snapshot.versions, query.select, limit)
  const last = page.at(-1)
  const metadata: ListMetadata = {
    resourceVersion: String(snapshot.revision),
    ...(rest > 0 && last ? { continue: continueToken(snapshot.revision, last.key) } : {}),
    // The count is exact only where nothing is filtered out, and not given elsewhere.
    ...(rest > 0 && !query.select ? { remainingItemCount: rest } : {}),
  }
  return representation.list(metadata, page)
}

/** All objects of a collection that are asked for, as they are now. */
export function selectNow(collection: Collection, prefix: string, select: Selector | null): Version[] {
  const versions = collection.list(prefix)
  return select ? versions.filter((version) => select(version.object)) : versions
}

interface Snapshot {
  readonly versions: readonly Version[]
  readonly revision: number
}

function freshSnapshot(collection: Collection, storage: Storage, prefix: string, query: CollectionQuery): Snapshot {
  const { resourceVersion, match, limit } = query
  if (resourceVersion !== null && resourceVersion > storage.revision) {
    throw tooLargeResourceVersion(resourceVersion, storage.revision)
  }
  // Without a match, a limit makes a given version exact ("resource versions" in the API concepts).
  const exact = match === 'Exact' || (match === null && limit > 0 && resourceVersion !== null && resourceVersion !== 0)
  if (!exact) return { versions: collection.list(prefix), revision: storage.revision }
  const versions = collection.listAt(resourceVersion!, prefix)
  if (!versions) throw expired('The resourceVersion for the provided list is too old.')
  return { versions, revision: resourceVersion! }
}

/** Continues where the page before ended, in the collection as it was then. */
function continuedSnapshot(collection: Collection, storage: Storage, prefix: string, query: CollectionQuery): Snapshot {
  if (query.resourceVersion !== null && query.resourceVersion !== 0) {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  const { rv, start } = parseContinueToken(query.continueToken)
  // A token that came with a 410 continues in what is there now.
  const revision = rv < 0 ? storage.revision : rv
  const versions = rv < 0 ? collection.list(prefix) : collection.listAt(rv, prefix)
  if (!versions) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
        'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
        'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
        'modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      continueToken(-1, start),
    )
  }
  return { versions: versions.filter((version) => version.key > start), revision }
}

function cut(
  versions: readonly Version[],
  select: Selector | null,
  limit: number,
): { page: readonly Version[]; rest: number } {
  const selected = select ? versions.filter((version) => select(version.object)) : versions
  if (limit <= 0) return { page: selected, rest: 0 }
  return { page: selected.slice(0, limit), rest: Math.max(selected.length - limit, 0) }
}

function continueToken(revision: number, lastKey: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: `${lastKey}\0` }
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function parseContinueToken(text: string): { rv: number; start: string } {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as { rv: unknown; start: unknown }
    if (typeof token.rv === 'number' && typeof token.start === 'string') {
      return { rv: token.rv, start: token.start.replace(/\0$/, '') }
    }
  } catch {
    // Refused below, as any other token that this server did not write.
  }
  throw badRequest('continue key is not valid: not a token of this server')
}
