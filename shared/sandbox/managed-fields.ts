import { isDeepStrictEqual } from 'node:util'
import { isObject } from './schema.ts'
import type { StoredObject } from './storage.ts'

/** Who writes, and when. */
export interface Writer {
  readonly manager: string
  readonly apiVersion: string
  /** RFC 3339, seconds. */
  readonly time: string
  /** Empty for the object itself. */
  readonly subresource: string
}

/** A set of fields in the form of `FieldsV1`: `{"f:spec":{"f:holderIdentity":{}}}`. */
interface FieldSet {
  [field: string]: FieldSet
}

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly time?: string
  readonly fieldsType: string
  readonly fieldsV1: FieldSet
  readonly subresource?: string
}

/** Metadata that has no field manager. */
const UNOWNED = new Set([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
])

/**
 * Notes in `metadata.managedFields` which fields this write set or changed: they are the writer's now and no longer
 * anyone else's (apimachinery util/managedfields, for updates; lists count as one field).
 */
export function recordManager(object: StoredObject, old: StoredObject | null, writer: Writer): StoredObject {
  const changed = changedFields(owned(object), old ? owned(old) : {})
  const present = fieldsOf(owned(object))
  const entries = old && Array.isArray(old.metadata['managedFields']) ? (old.metadata['managedFields'] as Entry[]) : []
  const isWriter = (entry: Entry): boolean =>
    entry.manager === writer.manager &&
    entry.operation === 'Update' &&
    entry.apiVersion === writer.apiVersion &&
    (entry.subresource ?? '') === writer.subresource
  const mine = entries.find(isWriter)
  const result: Entry[] = []
  for (const entry of entries) {
    if (isWriter(entry)) continue
    const fieldsV1 = common(minus(entry.fieldsV1, changed), present)
    if (Object.keys(fieldsV1).length > 0) result.push({ ...entry, fieldsV1 })
  }
  const fieldsV1 = common(union(mine?.fieldsV1 ?? {}, changed), present)
  if (Object.keys(fieldsV1).length > 0) {
    result.push({
      manager: writer.manager,
      operation: 'Update',
      apiVersion: writer.apiVersion,
      time: writer.time,
      fieldsType: 'FieldsV1',
      fieldsV1,
      ...(writer.subresource ? { subresource: writer.subresource } : {}),
    })
  }
  return { ...object, metadata: { ...object.metadata, managedFields: result } }
}

function owned(object: StoredObject): Record<string, unknown> {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !UNOWNED.has(field)))
  return { ...object, metadata }
}

function fieldsOf(value: Record<string, unknown>): FieldSet {
  return changedFields(value, {})
}

/** The fields of `now` that are not the same in `before`. */
function changedFields(now: Record<string, unknown>, before: Record<string, unknown>): FieldSet {
  const result: FieldSet = {}
  for (const [field, value] of Object.entries(now)) {
    const was = before[field]
    if (isObject(value)) {
      const below = changedFields(value, isObject(was) ? was : {})
      if (Object.keys(below).length > 0) result[`f:${field}`] = below
    } else if (!isDeepStrictEqual(value, was)) result[`f:${field}`] = {}
  }
  return result
}

function isLeaf(set: FieldSet): boolean {
  return Object.keys(set).length === 0
}

function minus(set: FieldSet, other: FieldSet): FieldSet {
  return combine(set, (field, below) => {
    const there = other[field]
    if (!there) return below
    return isLeaf(below) || isLeaf(there) ? null : minus(below, there)
  })
}

function common(set: FieldSet, other: FieldSet): FieldSet {
  return combine(set, (field, below) => {
    const there = other[field]
    if (!there) return null
    return isLeaf(below) ? below : common(below, there)
  })
}

function union(set: FieldSet, other: FieldSet): FieldSet {
  const result = { ...set }
  for (const [field, below] of Object.entries(other)) result[field] = union(result[field] ?? {}, below)
  return result
}

/** Keeps what `choose` gives; null, and a branch that has become empty, is left out. */
function combine(set: FieldSet, choose: (field: string, below: FieldSet) => FieldSet | null): FieldSet {
  const result: FieldSet = {}
  for (const [field, below] of Object.entries(set)) {
    const chosen = choose(field, below)
    if (chosen && (isLeaf(below) || !isLeaf(chosen))) result[field] = chosen
  }
  return result
}
