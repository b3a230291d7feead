import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../time/clock.ts'
import { checkNameOfBody, checkNamespaceOfBody, decodeBody, decodePatched, type BodyContext } from './body.ts'
import { recordManager } from './managed-fields.ts'
import { groupVersion, resourceId } from './resources.ts'
import {
  alreadyExists,
  ApiError,
  conflict,
  forbidden,
  invalid,
  notFound,
  uidConflict,
  unparsableVersion,
} from './status.ts'
import {
  keyOf,
  newUid,
  Version,
  without,
  type Collection,
  type ObjectMeta,
  type Storage,
  type StoredObject,
} from './storage.ts'
import { prepareForCreate } from './strategy.ts'
import { validateCreate, validateUpdate } from './validation.ts'

/** What a write is about, and how it is wanted. */
export interface WriteContext extends BodyContext {
  readonly storage: Storage
  readonly clock: Clock
  readonly subresource: string
  readonly dryRun: boolean
  readonly fieldManager: string
  /** What mutating admission makes of an object. */
  readonly admit: (object: StoredObject) => StoredObject
}

/** What a write came to. */
export interface WriteResult {
  readonly version: Version
  readonly created: boolean
  readonly warnings: readonly string[]
}

export function collectionOf(context: WriteContext): Collection {
  return context.storage.collection(resourceId(context.resource))
}

/** POST. Throws 400, 404 (no such namespace), 409, 422. */
export function create(context: WriteContext, body: unknown): WriteResult {
  const { object, warnings } = decodeBody(context, body)
  const { metadata } = object
  // Not a 400: apiserver has no status for this error of its storage.
  if (metadata.resourceVersion) {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created')
  }
  checkNamespaceOfBody(context, metadata)
  return { version: insert(context, object), created: true, warnings }
}

/** PUT. Throws 400, 404, 409, 422. */
export function update(context: WriteContext, name: string, body: unknown): WriteResult {
  const { object, warnings } = decodeBody(context, body)
  checkNameOfBody(object.metadata, name)
  checkNamespaceOfBody(context, object.metadata)
  const key = keyOf(context.namespace, name)
  const { uid } = object.metadata
  const current = collectionOf(context).get(key)
  if (current) {
    const is = current.object.metadata.uid
    if (uid && uid !== is) throw uidConflict(context.resource, key, name, uid, String(is))
    return { version: replace(context, object, current), created: false, warnings }
  }
  if (!context.resource.allowsCreateOnUpdate || context.subresource) throw notFound(context.resource, name)
  if (uid) throw uidConflict(context.resource, key, name, uid, '')
  return { version: insert(context, object), created: true, warnings }
}

/** PATCH: `apply` makes the new object from the current one. Throws 404, and what an update throws. */
export function patch(context: WriteContext, name: string, apply: (current: unknown) => unknown): WriteResult {
  const { resource, version } = context
  const current = collectionOf(context).get(keyOf(context.namespace, name))
  if (!current) throw notFound(resource, name)
  const identity = { kind: resource.kind, apiVersion: groupVersion(resource.group, version) }
  const patched = apply({ ...identity, ...current.object })
  const { object, warnings } = decodePatched(context, patched)
  checkNameOfBody(object.metadata, name)
  return { version: replace(context, object, current), created: false, warnings }
}

function insert(context: WriteContext, given: StoredObject): Version {
  const { resource, storage, clock, namespace, dryRun } = context
  const decoded = context.admit(given)
  const { generateName, labels, annotations, ownerReferences, finalizers } = decoded.metadata
  const name = decoded.metadata.name || (typeof generateName === 'string' ? generatedName(generateName) : '')
  if (resource.namespaced) checkNamespaceExists(context, name)
  const fresh: ObjectMeta = {
    name,
    ...defined({ generateName, namespace: resource.namespaced ? namespace : undefined }),
    uid: newUid(),
    ...(dryRun ? {} : { resourceVersion: '' }),
    ...(resource.hasGeneration ? { generation: 1 } : {}),
    creationTimestamp: timestamp(clock),
    ...defined({ labels, annotations, ownerReferences, finalizers }),
  }
  const object = prepareForCreate(resource, { ...decoded, metadata: fresh })
  const causes = validateCreate(resource, object)
  if (causes.length > 0) throw invalid(resource.kind, resource.group, name, causes)
  const collection = storage.collection(resourceId(resource))
  const key = keyOf(fresh.namespace, name)
  if (collection.get(key)) throw alreadyExists(resource, name)
  const managed = recordManager(object, null, managerOf(context))
  return dryRun ? new Version(key, managed, 0) : collection.put(key, managed)
}

/** Stores `wanted` in place of `current`, if it still may: the compare-and-swap. */
export function replace(context: WriteContext, asked: StoredObject, current: Version): Version {
  const { resource, dryRun } = context
  const { name } = current.object.metadata
  const wanted = context.admit(asked)
  const given = wanted.metadata.resourceVersion
  if (given && !/^\d+$/.test(given)) throw unparsableVersion(given, '')
  if (!given && !resource.allowsUnconditionalUpdate) {
    // Worded as the registry does: with the plural for the kind, and a version printed as Go's hexadecimal zero.
    const message = 'Invalid value: 0x0: must be specified for an update'
    const cause = { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' }
    throw invalid(resource.plural, resource.group, name, [cause])
  }
  if (given && given !== current.object.metadata.resourceVersion) throw conflict(resource, name)
  const object = merged(context, wanted, current.object)
  const causes = validateUpdate(resource, object, current.object)
  if (causes.length > 0) throw invalid(resource.kind, resource.group, name, causes)
  // An update without a change is not a write: it makes neither a new version nor an event.
  if (isDeepStrictEqual(withoutRecords(object), withoutRecords(current.object))) return current
  const managed = recordManager(object, current.object, managerOf(context))
  const collection = collectionOf(context)
  if (object.metadata.deletionTimestamp && !object.metadata.finalizers?.length) {
    return dryRun ? current : (collection.delete(current.key, managed) ?? current)
  }
  return dryRun ? new Version(current.key, managed, current.revision) : collection.put(current.key, managed)
}

/** What an update leaves as it was: identity, what the server alone sets, and either the status or all else. */
function merged(context: WriteContext, wanted: StoredObject, old: StoredObject): StoredObject {
  const { resource, subresource } = context
  const from = wanted.metadata
  const kept = old.metadata
  const metadata: ObjectMeta = {
    name: kept.name,
    ...defined({
      generateName: kept['generateName'],
      namespace: kept.namespace,
      uid: from.uid || kept.uid,
      resourceVersion: kept.resourceVersion,
      generation: kept['generation'],
      creationTimestamp: kept.creationTimestamp,
      deletionTimestamp: kept.deletionTimestamp,
      deletionGracePeriodSeconds: kept['deletionGracePeriodSeconds'],
      labels: from.labels,
      annotations: from.annotations,
      ownerReferences: from['ownerReferences'],
      finalizers: from.finalizers,
    }),
  }
  if (!resource.hasStatus) return { ...wanted, metadata }
  const object: StoredObject =
    subresource === 'status'
      ? { ...old, metadata, ...defined({ status: wanted['status'] }) }
      : { ...wanted, metadata, ...defined({ status: old['status'] }) }
  if (resource.hasGeneration && !isDeepStrictEqual(object['spec'], old['spec'])) {
    metadata['generation'] = Number(kept['generation'] ?? 0) + 1
  }
  return object
}

/** What makes two states of an object different: not who wrote it, and under which version. */
function withoutRecords(object: StoredObject): unknown {
  return { ...object, metadata: without(object.metadata, ['managedFields', 'resourceVersion']) }
}

function managerOf(context: WriteContext): Parameters<typeof recordManager>[2] {
  return {
    manager: context.fieldManager,
    apiVersion: groupVersion(context.resource.group, context.version),
    time: timestamp(context.clock),
    subresource: context.subresource,
  }
}

/** The admission plugin NamespaceLifecycle. */
function checkNamespaceExists(context: WriteContext, name: string): void {
  const { storage, resource, namespace } = context
  const found = storage.collection('namespaces').get(namespace)
  if (!found) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace)
  if (found.object.metadata.deletionTimestamp) {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }
    throw forbidden(resource, name, why, [cause])
  }
}

/** apiserver's `SimpleNameGenerator`: the alphabet has no vowels, so that no words come of it. */
function generatedName(base: string): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  const random = newUid().replaceAll('-', '')
  const suffix = [0, 1, 2, 3, 4].map((index) => {
    return alphabet[Number.parseInt(random.slice(index * 4, index * 4 + 4), 16) % alphabet.length]
  })
  return base.slice(0, 58) + suffix.join('')
}

/** The wall clock as metadata has it: RFC 3339, seconds. */
export function timestamp(clock: Clock): string {
  return `${new Date(clock.wallMs()).toISOString().slice(0, 19)}Z`
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
