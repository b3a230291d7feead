import { findResource, type Resource } from './resources.ts'
import { nameInFieldSelector } from './selectors.ts'

/** What a request asks for, as authorisation sees it (apiserver's `RequestInfo`). */
export interface RequestInfo {
  readonly path: string
  readonly query: URLSearchParams
  /** `get`, `list`, `watch`, `create`, `deletecollection`…; for other paths the HTTP method in lower case. */
  readonly verb: string
  /** Null for paths that name no resource. */
  readonly target: Target | null
}

export interface Target {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly subresource: string
  /** Empty for cluster-scoped resources and across namespaces. */
  readonly namespace: string
  /** The name in the path; empty for collections. */
  readonly name: string
  /** The name that authorisation asks for: that in the path, or the one that a field selector picks. */
  readonly authorizedName: string
  /** Undefined where the server has no such resource. */
  readonly resource: Resource | undefined
}

/** Reads method and URL. */
export function parseRequest(method: string, url: string): RequestInfo {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1))
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
  const core = parts[0] === 'api'
  if ((!core && parts[0] !== 'apis') || parts.length < (core ? 3 : 4)) {
    return { path, query, verb: method.toLowerCase(), target: null }
  }
  const group = core ? '' : parts[1]!
  const version = core ? parts[1]! : parts[2]!
  let rest = parts.slice(core ? 2 : 3)
  let namespace = ''
  // /namespaces/NAME, /namespaces/NAME/status and /finalize are the namespace itself; longer paths are inside it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2]!)) {
    namespace = rest[1]!
    rest = rest.slice(2)
  }
  const [plural, name = '', subresource = ''] = rest as [string, string?, string?]
  if (group === '' && plural === 'namespaces') namespace = name
  const verb = verbOf(method, name !== '', query)
  const collectionName = name ? null : nameInFieldSelector(query.get('fieldSelector') ?? '')
  const resource = rest.length <= 3 ? findResource(group, version, plural) : undefined
  return {
    path,
    query,
    verb,
    target: {
      group,
      version,
      plural,
      subresource,
      namespace,
      name,
      authorizedName: name || (['list', 'watch', 'deletecollection'].includes(verb) && collectionName) || '',
      resource,
    },
  }
}

function verbOf(method: string, named: boolean, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (named) return 'get'
      return isTrue(query.get('watch')) ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      return method.toLowerCase()
  }
}

/** A boolean query parameter: there, and neither `false` nor `0` (apimachinery's conversion of query parameters). */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0'
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
