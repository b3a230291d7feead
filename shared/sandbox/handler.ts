import type { Clock } from '../time/clock.ts'
import type { Access, Identity } from './access.ts'
import { parseDeleteOptions, parseDryRun, remove } from './delete.ts'
import { discover } from './discovery.ts'
import { listObjects, parseCollectionQuery, parseResourceVersion, prefixOf, selectNow } from './list.ts'
import { applyMergePatch } from './merge-patch.ts'
import { parsePatch, parsedBody, type RequestBody } from './request-body.ts'
import type { RequestInfo, Target } from './request-info.ts'
import { resourceId, type Resource } from './resources.ts'
import { negotiate, type Representation } from './representation.ts'
import { review } from './reviews.ts'
import { patchScale, scaleOf, updateScale } from './scale.ts'
import { methodNotAllowed, noSuchResource, notFound, tooLargeResourceVersion } from './status.ts'
import { keyOf, type Storage, type StoredObject, type Version } from './storage.ts'
import { create, patch, update, type WriteContext, type WriteResult } from './write.ts'

/** An answer as a whole; watches are answered elsewhere. */
export interface Answer {
  readonly code: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that was authenticated and authorised. */
export interface ApiCall extends RequestBody {
  readonly info: RequestInfo
  readonly identity: Identity
  readonly method: string
  /** JSON merge patches that what it writes undergoes. */
  readonly changes: readonly object[]
}

/** A request for a resource that there is. */
export type KnownTarget = Target & { readonly resource: Resource }

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Does what requests ask for. */
export class Handler {
  readonly #storage: Storage
  readonly #access: Access
  readonly #clock: Clock

  constructor(storage: Storage, access: Access, clock: Clock) {
    this.#storage = storage
    this.#access = access
    this.#clock = clock
  }

  /** Answers everything but watches. Throws ApiErrors. */
  answer(call: ApiCall): Answer {
    const { target, path, verb } = call.info
    if (!target) {
      if (path === '/openapi/v2') return noSchemas()
      const found = call.method === 'GET' || call.method === 'HEAD' ? discover(path) : undefined
      if (found === undefined) return pageNotFound()
      if (typeof found === 'string') return { code: 200, body: found, headers: { 'Content-Type': 'text/plain' } }
      return json(200, found)
    }
    if (target.group === 'authorization.k8s.io' && verb === 'create') {
      const reviewed = review(this.#access, call.identity, target, parsedBody(call))
      return reviewed ? json(201, reviewed) : pageNotFound()
    }
    const known = knownTarget(target)
    if (!known) {
      // Go's own server answers for groups that are not served.
      if (discover(`/apis/${target.group}`) === undefined && target.group) return pageNotFound()
      throw noSuchResource()
    }
    return this.#resourceAnswer(call, known)
  }

  #resourceAnswer(call: ApiCall, target: KnownTarget): Answer {
    const { query, verb } = call.info
    const { resource, name } = target
    const accept = call.headers['accept'] as string | undefined
    const representation = negotiate(accept, resource, target.version, query, this.#clock)
    const across = resource.namespaced && !target.namespace
    if (across && verb !== 'list') throw methodNotAllowed()
    const context = (): WriteContext => this.#writeContext(call, target)
    if (target.subresource === 'scale') return this.#scale(call, target, context)
    switch (verb) {
      case 'get':
        return this.#get(target, query, representation)
      case 'list': {
        const asked = parseCollectionQuery(query, resource, false)
        return text(200, listObjects(this.#storage, target, asked, representation))
      }
      case 'create':
        if (name) throw methodNotAllowed()
        return written(create(context(), parsedBody(call)), representation)
      case 'update':
        if (!name) throw methodNotAllowed()
        return written(update(context(), name, parsedBody(call)), representation)
      case 'patch': {
        if (!name) throw methodNotAllowed()
        const change = parsePatch(call)
        return written(patch(context(), name, change), representation)
      }
      case 'delete':
        return this.#delete(call, context(), name, representation)
      case 'deletecollection':
        return this.#deleteCollection(call, target, context(), representation)
      default:
        throw methodNotAllowed()
    }
  }

  #get(target: KnownTarget, query: URLSearchParams, representation: Representation): Answer {
    const asked = parseResourceVersion(query.get('resourceVersion'))
    if (asked !== null && asked > this.#storage.revision) throw tooLargeResourceVersion(asked, this.#storage.revision)
    return text(200, representation.one(this.#versionOf(target)))
  }

  /** `/scale`, always as JSON. */
  #scale(call: ApiCall, target: KnownTarget, context: () => WriteContext): Answer {
    switch (call.info.verb) {
      case 'get':
        return json(200, scaleOf(this.#versionOf(target)))
      case 'update': {
        const { version, warnings } = updateScale(context(), target.name, parsedBody(call))
        return { ...json(200, scaleOf(version)), headers: writtenHeaders(warnings) }
      }
      case 'patch': {
        const { version, warnings } = patchScale(context(), target.name, parsePatch(call))
        return { ...json(200, scaleOf(version)), headers: writtenHeaders(warnings) }
      }
      default:
        throw methodNotAllowed()
    }
  }

  #versionOf(target: KnownTarget): Version {
    const version = this.#storage.collection(resourceId(target.resource)).get(keyFor(target))
    if (!version) throw notFound(target.resource, target.name)
    return version
  }

  #delete(call: ApiCall, context: WriteContext, name: string, representation: Representation): Answer {
    const options = parseDeleteOptions(deleteBody(call), call.info.query)
    const { last, gone } = remove(context, name, options)
    const { resource } = context
    if (!gone || resource.returnsDeleted) return text(200, representation.one(last))
    return json(200, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name,
        ...(resource.group ? { group: resource.group } : {}),
        kind: resource.plural,
        uid: last.object.metadata.uid,
      },
    })
  }

  #deleteCollection(call: ApiCall, target: KnownTarget, context: WriteContext, representation: Representation): Answer {
    const { query } = call.info
    const options = parseDeleteOptions(deleteBody(call), query)
    const { select } = parseCollectionQuery(query, target.resource, false)
    const collection = this.#storage.collection(resourceId(target.resource))
    const versions = selectNow(collection, prefixOf(target.resource, target.namespace), select)
    for (const version of versions) remove(context, version.object.metadata.name, options)
    return text(200, representation.list({ resourceVersion: String(this.#storage.revision) }, versions))
  }

  #writeContext(call: ApiCall, target: KnownTarget): WriteContext {
    const { query, verb } = call.info
    const optionsKind = { create: 'CreateOptions', patch: 'PatchOptions' }[verb] ?? 'UpdateOptions'
    const agent = call.headers['user-agent']
    return {
      storage: this.#storage,
      clock: this.#clock,
      resource: target.resource,
      version: target.version,
      namespace: target.resource.namespaced ? target.namespace : '',
      subresource: target.subresource,
      dryRun: verb.startsWith('delete') ? false : parseDryRun(query.getAll('dryRun'), optionsKind),
      // Without one, apiserver takes the user agent up to its first slash.
      fieldManager: query.get('fieldManager') || (typeof agent === 'string' && agent.split('/')[0]) || 'unknown',
      fieldValidation: query.get('fieldValidation') || 'Warn',
      admit: (object) => call.changes.reduce<StoredObject>((changed, patch) => applyMergePatch(changed, patch) as StoredObject, object),
    }
  }
}

/** The target where the server has such a resource and subresource. */
export function knownTarget(target: Target): KnownTarget | null {
  const { resource, subresource } = target
  const hasSubresource = { status: resource?.hasStatus, scale: resource?.hasScale }[subresource]
  if (!resource || (subresource && !hasSubresource)) return null
  return { ...target, resource }
}

function keyFor(target: KnownTarget): string {
  return keyOf(target.resource.namespaced ? target.namespace : undefined, target.name)
}

/** The JSON of a status or a discovery document. */
export function json(code: number, value: object): Answer {
  return text(code, JSON.stringify(value))
}

function text(code: number, body: string): Answer {
  return { code, body, headers: JSON_TYPE }
}

/** The response for a path that is not served: plain text without a Status, as from Go's own server. */
function pageNotFound(): Answer {
  return { code: 404, body: '404 page not found\n', headers: { 'Content-Type': 'text/plain; charset=utf-8' } }
}

/**
 * The empty document of OpenAPI 2, which is zero bytes in the protobuf encoding that kubectl wants: a kubectl before 1.25
 * validates nothing itself then.
 */
function noSchemas(): Answer {
  return { code: 200, body: '', headers: { 'Content-Type': 'application/octet-stream' } }
}

function written(result: WriteResult, representation: Representation): Answer {
  const headers = writtenHeaders(result.warnings)
  return { code: result.created ? 201 : 200, body: representation.one(result.version), headers }
}

function writtenHeaders(given: readonly string[]): Readonly<Record<string, string>> {
  const warnings = given.map((warning) => `299 - ${JSON.stringify(warning)}`)
  return warnings.length > 0 ? { ...JSON_TYPE, Warning: warnings.join(', ') } : JSON_TYPE
}

/** The body of a DELETE, which may be empty. */
function deleteBody(call: ApiCall): unknown {
  return call.body.length > 0 ? parsedBody(call) : undefined
}
