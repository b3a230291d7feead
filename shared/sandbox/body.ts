import { groupVersion, type Resource } from './resources.ts'
import { cannotBeHandled, decode, isObject, type DecodeContext } from './schema.ts'
import { ApiError, badRequest, invalid } from './status.ts'
import { without, type ObjectMeta, type StoredObject } from './storage.ts'
import { invalidValue } from './validation.ts'

/** What a body has to agree with. */
export interface BodyContext {
  readonly resource: Resource
  /** The version in the path. */
  readonly version: string
  readonly namespace: string
  /** What happens with fields that the kind does not have: `Ignore`, `Warn`, or `Strict`, which refuses them. */
  readonly fieldValidation: string
}

/** The object in a body, and what to warn of. */
export interface Decoded {
  readonly object: StoredObject
  readonly warnings: readonly string[]
}

/** Reads the body of a write as an object of its kind. Throws 400. */
export function decodeBody(context: BodyContext, body: unknown): Decoded {
  const { resource, version, fieldValidation } = context
  const decodeContext: DecodeContext = { kind: resource.kind, version, unknownFields: [] }
  if (!isObject(body)) throw cannotBeHandled(decodeContext, 'json: cannot unmarshal into Go value')
  const expected = groupVersion(resource.group, version)
  // Where the body does not say what it is, the path does.
  const kind = textOf(body['kind']) || resource.kind
  const apiVersion = textOf(body['apiVersion']) || expected
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  if (kind !== resource.kind) {
    const why = `no kind "${kind}" is registered for version "${expected}"`
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${resource.kind}: ${why}`)
  }
  const fields = without(body, ['kind', 'apiVersion'])
  const { metadata, ...rest } = decode(fields, resource.schema, decodeContext) as StoredObject
  const unknown = decodeContext.unknownFields.map((field) => `unknown field "${field}"`)
  if (unknown.length > 0 && fieldValidation === 'Strict') {
    throw cannotBeHandled(decodeContext, `strict decoding error: ${unknown.join(', ')}`)
  }
  // These are the server's own to keep.
  const given = without(metadata, ['managedFields', 'selfLink']) as ObjectMeta
  const object: StoredObject = { metadata: given, ...rest }
  return { object, warnings: fieldValidation === 'Warn' ? unknown : [] }
}

/** Reads the result of a patch. If that is not an object of the kind, it is not a bad request but an invalid one. */
export function decodePatched(context: BodyContext, patched: unknown): Decoded {
  try {
    return decodeBody(context, patched)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error
    throw invalid('', '', '', [invalidValue('patch', JSON.stringify(patched), error.message)])
  }
}

/** Throws 400 where the body names another object than the path. */
export function checkNameOfBody(metadata: ObjectMeta, name: string): void {
  if (metadata.name === name) return
  throw badRequest(
    metadata.name
      ? `the name of the object (${metadata.name}) does not match the name on the URL (${name})`
      : `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
  )
}

/** Puts the object into the namespace of the path. Throws 400 where the body names another one. */
export function checkNamespaceOfBody(context: BodyContext, metadata: ObjectMeta): void {
  const { namespace, resource } = context
  if (!resource.namespaced) return
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  metadata.namespace = namespace
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
