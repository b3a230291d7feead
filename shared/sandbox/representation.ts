import type { Clock } from '../time/clock.ts'
import { groupVersion, type Resource } from './resources.ts'
import { notAcceptable } from './status.ts'
import { type Version, type Change } from './storage.ts'
import { cellsOf, columnsOf } from './table.ts'

/** The metadata of a list. */
export interface ListMetadata {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** How objects are written out, as the client's Accept header asks for them. */
export interface Representation {
  /** Representations with the same key write the same text for an event; null where it is not to be shared. */
  readonly sharedKey: string | null
  one(version: Version): string
  list(metadata: ListMetadata, versions: readonly Version[]): string
  /** The `object` of a watch event. */
  event(version: Version): string
  /** The `object` of a bookmark. */
  bookmark(metadata: Record<string, unknown>): string
}

const META = 'meta.k8s.io/v1'

/** Picks the first acceptable form. Throws 406 if there is none. */
export function negotiate(
  accept: string | undefined,
  resource: Resource,
  version: string,
  query: URLSearchParams,
  clock: Clock,
): Representation {
  for (const clause of (accept || 'application/json').split(',')) {
    const [type, ...parameters] = clause.split(';').map((part) => part.trim())
    if (!['application/json', 'application/*', '*/*'].includes(type ?? '')) continue
    const as = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]))
    const wanted = as.get('as')
    if (wanted === undefined) return objects(resource, version)
    if (as.get('g') !== 'meta.k8s.io' || as.get('v') !== 'v1') continue
    if (wanted === 'Table') return tables(resource, version, query.get('includeObject') ?? 'Metadata', clock)
    if (wanted.startsWith('PartialObjectMetadata')) return partialMetadata()
  }
  throw notAcceptable(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'].slice(0, 1))
}

function objects(resource: Resource, version: string): Representation {
  const apiVersion = groupVersion(resource.group, version)
  const head = `{"kind":"${resource.kind}","apiVersion":"${apiVersion}",`
  const one = (stored: Version): string => head + stored.json.slice(1)
  return {
    sharedKey: apiVersion,
    one,
    // The items of a list of built-in types carry no kind and apiVersion of their own.
    list: (metadata, versions) =>
      `{"kind":"${resource.kind}List","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[` +
      `${versions.map((stored) => stored.json).join(',')}]}`,
    event: one,
    bookmark: (metadata) =>
      `${head}"metadata":${JSON.stringify(metadata)}${resource.schema.fields['spec'] ? ',"spec":{}' : ''}}`,
  }
}

function partialMetadata(): Representation {
  const head = `{"kind":"PartialObjectMetadata","apiVersion":"${META}","metadata":`
  const one = (stored: Version): string => `${head}${JSON.stringify(stored.object.metadata)}}`
  return {
    sharedKey: 'PartialObjectMetadata',
    one,
    list: (metadata, versions) =>
      `{"kind":"PartialObjectMetadataList","apiVersion":"${META}","metadata":${JSON.stringify(metadata)},"items":[` +
      `${versions.map(one).join(',')}]}`,
    event: one,
    bookmark: (metadata) => `${head}${JSON.stringify(metadata)}}`,
  }
}

function tables(resource: Resource, version: string, includeObject: string, clock: Clock): Representation {
  const plain = objects(resource, version)
  const partial = partialMetadata()
  const rowObject = (stored: Version): string =>
    includeObject === 'Object' ? plain.one(stored) : includeObject === 'None' ? 'null' : partial.one(stored)
  const table = (metadata: object, withColumns: boolean, rows: readonly Version[]): string => {
    const nowMs = clock.wallMs()
    const texts = rows.map((stored) => {
      const cells = JSON.stringify(cellsOf(resource.kind, stored.object, nowMs))
      return `{"cells":${cells},"object":${rowObject(stored)}}`
    })
    const columns = withColumns ? JSON.stringify(columnsOf(resource.kind)) : 'null'
    return (
      `{"kind":"Table","apiVersion":"${META}","metadata":${JSON.stringify(metadata)},` +
      `"columnDefinitions":${columns},"rows":[${texts.join(',')}]}`
    )
  }
  let columnsSent = false
  return {
    // The first event of a watch carries the columns, so no two watches write the same.
    sharedKey: null,
    one: (stored) => table({ resourceVersion: String(stored.revision) }, true, [stored]),
    list: (metadata, versions) => table(metadata, true, versions),
    event: (stored) => {
      const text = table({ resourceVersion: String(stored.revision) }, !columnsSent, [stored])
      columnsSent = true
      return text
    },
    bookmark: (metadata) => table(metadata, false, []),
  }
}

/**
 * Writes watch events, each only once for all the watches that show it the same. The lines of one change alone are
 * kept: all watches are told of a change before the next one happens.
 */
export class EventWriter {
  #change: Change | null = null
  readonly #lines = new Map<string, Buffer>()

  line(change: Change, type: Change['type'], version: Version, representation: Representation): Buffer {
    if (this.#change !== change) {
      this.#change = change
      this.#lines.clear()
    }
    const { sharedKey } = representation
    if (sharedKey === null || version !== change.version) return eventLine(type, representation.event(version))
    const key = `${type} ${sharedKey}`
    let line = this.#lines.get(key)
    if (!line) {
      line = eventLine(type, representation.event(version))
      this.#lines.set(key, line)
    }
    return line
  }
}

/** One line of a watch. `object` is JSON. */
export function eventLine(type: string, object: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${object}}\n`)
}
