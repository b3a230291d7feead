import { categoryOf, type Category, type LeaseOwner } from './category.ts'
import type { ElectionRef, LockKind } from './election-ref.ts'
import { dateText, LEADER_ANNOTATION, recordFromAnnotation, recordFromLeaseSpec, type ElectionRecord } from './record.ts'

/** An election as it was read: its record, and the metadata of the object that stores it. */
export interface Election extends ElectionRef {
  readonly uid: string
  readonly resourceVersion: string
  /** RFC 3339, or null. */
  readonly creationTimestamp: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly category: Category
  /** Set if the object is being deleted, and finalizers still keep it. */
  readonly deletion: Deletion | null
  readonly record: ElectionRecord
}

/** A deletion in progress: the object disappears when its last finalizer is removed, even if there is a leader. */
export interface Deletion {
  /** RFC 3339. */
  readonly timestamp: string
  readonly finalizers: readonly string[]
}

/** Reads a Lease as the API server returned it. A field of the wrong type is treated as missing. */
export function electionFromLease(object: unknown): Election {
  const metadata = metadataOf(object)
  const spec = (object as { spec?: unknown } | null)?.spec
  const category = categoryOf({ ...metadata, owners: ownersOf(object), spec })
  return electionOf('lease', metadata, category, recordFromLeaseSpec(spec))
}

/** Reads a ConfigMap or an Endpoints object; null if it contains no election record. */
export function electionFromAnnotated(lock: 'configmap' | 'endpoints', object: unknown): Election | null {
  const metadata = metadataOf(object)
  const text = metadata.annotations[LEADER_ANNOTATION]
  const record = text === undefined ? null : recordFromAnnotation(text)
  return record && electionOf(lock, metadata, categoryOf(metadata), record)
}

type Metadata = Omit<Election, 'lock' | 'category' | 'record'>

/** Lists all fields, because an object that is made by spreading takes more memory. */
function electionOf(lock: LockKind, metadata: Metadata, category: Category, record: ElectionRecord): Election {
  const { namespace, name, uid, resourceVersion, creationTimestamp, labels, annotations, deletion } = metadata
  return { lock, namespace, name, uid, resourceVersion, creationTimestamp, labels, annotations, category, deletion, record }
}

const NOTHING: readonly unknown[] = Object.freeze([])
const NONE: Readonly<Record<string, string>> = Object.freeze({})

function metadataOf(object: unknown): Metadata {
  const metadata = rawMetadataOf(object)
  const deletedAt = text(dateText(metadata['deletionTimestamp']))
  return {
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    resourceVersion: text(metadata['resourceVersion']),
    creationTimestamp: text(dateText(metadata['creationTimestamp'])) || null,
    labels: strings(metadata['labels']),
    annotations: strings(metadata['annotations']),
    deletion: deletedAt === '' ? null : { timestamp: deletedAt, finalizers: list(metadata['finalizers']).map(text) },
  }
}

function ownersOf(object: unknown): readonly LeaseOwner[] {
  return list(rawMetadataOf(object)['ownerReferences']).map((owner) => {
    const { apiVersion, kind, name } = (owner ?? {}) as Record<string, unknown>
    return { apiVersion: text(apiVersion), kind: text(kind), name: text(name) }
  })
}

function rawMetadataOf(object: unknown): Record<string, unknown> {
  return ((object as { metadata?: unknown } | null)?.metadata ?? {}) as Record<string, unknown>
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NOTHING
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function strings(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return NONE
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return entries.length === 0 ? NONE : Object.fromEntries(entries)
}
