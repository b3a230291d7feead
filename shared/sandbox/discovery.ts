import { groupVersion, RESOURCES, SCALE, type Resource } from './resources.ts'

/** The server version that the sandbox behaves like. */
const MINOR = '33'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Resources that are asked, not stored. */
const REVIEWS = [
  { plural: 'subjectaccessreviews', singular: 'subjectaccessreview', kind: 'SubjectAccessReview' },
  { plural: 'localsubjectaccessreviews', singular: 'localsubjectaccessreview', kind: 'LocalSubjectAccessReview' },
  { plural: 'selfsubjectaccessreviews', singular: 'selfsubjectaccessreview', kind: 'SelfSubjectAccessReview' },
  { plural: 'selfsubjectrulesreviews', singular: 'selfsubjectrulesreview', kind: 'SelfSubjectRulesReview' },
]
const AUTHORIZATION = 'authorization.k8s.io/v1'

/** What a path outside of the resources answers: JSON, or plain text; undefined where there is nothing. */
export function discover(path: string): object | string | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
  switch (trimmed) {
    case '/healthz':
    case '/livez':
    case '/readyz':
      return 'ok'
    case '/version':
      return versionInfo()
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups().keys()].map(apiGroup) }
    case '/openapi/v3':
      return {
        paths: Object.fromEntries(
          groupVersionPaths().map((at) => [at.slice(1), { serverRelativeURL: `/openapi/v3${at}` }]),
        ),
      }
  }
  if (trimmed.startsWith('/openapi/v3/')) return openApi(trimmed.slice('/openapi/v3'.length))
  const group = /^\/apis\/([^/]+)$/.exec(trimmed)?.[1]
  if (group !== undefined)
    return groups().has(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) } : undefined
  return groupVersionPaths().includes(trimmed) ? resourceList(trimmed) : undefined
}

function versionInfo(): object {
  return {
    major: '1',
    minor: MINOR,
    gitVersion: `v1.${MINOR}.0+sandbox`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'sandbox',
  }
}

/** The groups but the core one, with their versions. */
function groups(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { group, versions } of RESOURCES) {
    if (group) found.set(group, [...new Set([...(found.get(group) ?? []), ...versions])])
  }
  found.set('authorization.k8s.io', ['v1'])
  return found
}

function apiGroup(name: string): object {
  const versions = (groups().get(name) ?? []).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

/** `/api/v1`, `/apis/apps/v1`, … */
function groupVersionPaths(): string[] {
  const named = [...groups()].flatMap(([group, versions]) => versions.map((version) => `/apis/${group}/${version}`))
  return ['/api/v1', ...named]
}

/** The resources of a path like `/apis/apps/v1`, with their version. */
function resourcesAt(path: string): { resource: Resource; version: string }[] {
  return RESOURCES.flatMap((resource) =>
    resource.versions
      .filter((version) => path === `${resource.group ? '/apis' : '/api'}/${groupVersion(resource.group, version)}`)
      .map((version) => ({ resource, version })),
  )
}

function resourceList(path: string): object {
  const resources = resourcesAt(path).flatMap(({ resource }) => {
    const { plural, singular, kind, namespaced, shortNames, categories } = resource
    const entry = {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    }
    const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] }
    const scale = { ...status, name: `${plural}/scale`, group: SCALE.group, version: SCALE.versions[0], kind: SCALE.kind }
    const log = { name: `${plural}/log`, singularName: '', namespaced, kind, verbs: ['get'] }
    return [entry, ...(kind === 'Pod' ? [log] : []), ...(resource.hasScale ? [scale] : []), ...(resource.hasStatus ? [status] : [])]
  })
  const isAuthorization = path === `/apis/${AUTHORIZATION}`
  const reviews = (isAuthorization ? REVIEWS : []).map(({ plural, singular, kind }) => {
    return { name: plural, singularName: singular, namespaced: plural.startsWith('local'), kind, verbs: ['create'] }
  })
  const name = path === '/api/v1' ? 'v1' : path.slice('/apis/'.length)
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: name, resources: [...resources, ...reviews] }
}

/**
 * As much of OpenAPI as kubectl looks for: that PATCH takes `fieldValidation`, so that kubectl leaves the validation to
 * the server instead of asking for schemas.
 */
function openApi(path: string): object | undefined {
  const resources = resourcesAt(path)
  if (resources.length === 0) return undefined
  const paths = resources.map(({ resource, version }): [string, object] => {
    const { group, kind, plural, namespaced } = resource
    const parameter = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } }
    const patch = {
      operationId: `patch${kind}`,
      parameters: [parameter],
      responses: { '200': { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version, kind },
    }
    return [`${path}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`, { patch }]
  })
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: `v1.${MINOR}.0` },
    paths: Object.fromEntries(paths),
    components: { schemas: {} },
  }
}
