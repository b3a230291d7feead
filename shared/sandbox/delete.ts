import { isObject } from './schema.ts'
import { conflict, invalid, notFound } from './status.ts'
import { keyOf, type Version, type Storage } from './storage.ts'
import { collectionOf, timestamp, type WriteContext } from './write.ts'

/** What a DeleteOptions body asks for. */
export interface DeleteOptions {
  readonly dryRun: boolean
  readonly uid: string | null
  readonly resourceVersion: string | null
}

/** Reads DeleteOptions from the body and the query; either may be absent. Throws 422. */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const options = isObject(body) ? body : {}
  const preconditions = isObject(options['preconditions']) ? options['preconditions'] : {}
  const said = Array.isArray(options['dryRun']) ? options['dryRun'].map(String) : []
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    dryRun: parseDryRun([...query.getAll('dryRun'), ...said], 'DeleteOptions'),
    uid: text(preconditions['uid']),
    resourceVersion: text(preconditions['resourceVersion']),
  }
}

/** Whether a write is only tried. Throws 422 where `dryRun` is anything but `All`. */
export function parseDryRun(values: readonly string[], optionsKind: string): boolean {
  const wrong = values.find((value) => value !== 'All' && value !== '')
  if (wrong !== undefined) {
    // The value is the whole list, as Go prints it.
    const list = values.map((value) => JSON.stringify(value)).join(', ')
    const message = `Unsupported value: []string{${list}}: supported values: "All"`
    throw invalid(optionsKind, 'meta.k8s.io', '', [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }])
  }
  return values.includes('All')
}

/** DELETE of one object. Throws 404, and 409 where a precondition fails. */
export function remove(context: WriteContext, name: string, options: DeleteOptions): { last: Version; gone: boolean } {
  const { resource, storage, clock } = context
  const collection = collectionOf(context)
  const key = keyOf(context.namespace, name)
  const current = collection.get(key)
  if (!current) throw notFound(resource, name)
  // Here, and nowhere else, apiserver names the kind where other errors name the resource.
  const named = { ...resource, plural: resource.kind }
  const { uid, resourceVersion, finalizers, deletionTimestamp } = current.object.metadata
  if (options.uid !== null && options.uid !== uid) {
    const why =
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). ` +
      'The object might have been deleted and then recreated'
    throw conflict(named, name, why)
  }
  if (options.resourceVersion !== null && options.resourceVersion !== resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in ` +
      `record (${resourceVersion}). The object might have been modified`
    throw conflict(named, name, why)
  }
  if (options.dryRun) return { last: current, gone: !finalizers?.length }
  if (finalizers?.length) {
    if (deletionTimestamp) return { last: current, gone: false }
    const metadata = {
      ...current.object.metadata,
      deletionTimestamp: timestamp(clock),
      deletionGracePeriodSeconds: 0,
    }
    return { last: collection.put(key, { ...current.object, metadata }), gone: false }
  }
  const last = collection.delete(key)!
  if (resource.kind === 'Namespace') emptyNamespace(storage, name)
  return { last, gone: true }
}

/** What the namespace controller does in a cluster. */
function emptyNamespace(storage: Storage, namespace: string): void {
  for (const collection of storage.collections()) {
    for (const version of collection.list(`${namespace}/`)) collection.delete(version.key)
  }
}
