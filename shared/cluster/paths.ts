import type { RequestSubject } from './errors.ts'

/** A resource of the Kubernetes API, as far as this project uses it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** The plural, as in paths. */
  readonly plural: string
  readonly isNamespaced: boolean
}

const namespaced = (group: string, version: string, plural: string): Resource => ({
  group,
  version,
  plural,
  isNamespaced: true,
})
const clusterScoped = (group: string, version: string, plural: string): Resource => ({
  group,
  version,
  plural,
  isNamespaced: false,
})

export const LEASES = namespaced('coordination.k8s.io', 'v1', 'leases')
/** Kubernetes 1.33 has the beta, 1.31 and 1.32 have `v1alpha2` or `v1alpha1`. */
export const LEASE_CANDIDATES = namespaced('coordination.k8s.io', 'v1beta1', 'leasecandidates')
export const CONFIG_MAPS = namespaced('', 'v1', 'configmaps')
export const ENDPOINTS = namespaced('', 'v1', 'endpoints')
export const PODS = namespaced('', 'v1', 'pods')
export const SERVICES = namespaced('', 'v1', 'services')
export const EVENTS = namespaced('', 'v1', 'events')
export const NAMESPACES = clusterScoped('', 'v1', 'namespaces')
export const NODES = clusterScoped('', 'v1', 'nodes')
export const DEPLOYMENTS = namespaced('apps', 'v1', 'deployments')
export const REPLICA_SETS = namespaced('apps', 'v1', 'replicasets')
export const STATEFUL_SETS = namespaced('apps', 'v1', 'statefulsets')
export const DAEMON_SETS = namespaced('apps', 'v1', 'daemonsets')
export const JOBS = namespaced('batch', 'v1', 'jobs')
export const CRON_JOBS = namespaced('batch', 'v1', 'cronjobs')
export const SUBJECT_ACCESS_REVIEWS = clusterScoped('authorization.k8s.io', 'v1', 'subjectaccessreviews')
export const LOCAL_SUBJECT_ACCESS_REVIEWS = namespaced('authorization.k8s.io', 'v1', 'localsubjectaccessreviews')
export const SELF_SUBJECT_ACCESS_REVIEWS = clusterScoped('authorization.k8s.io', 'v1', 'selfsubjectaccessreviews')

/** One object, or a collection of them. */
export interface Place {
  /** Absent: in all namespaces, or of a resource that has none. */
  readonly namespace?: string
  /** Absent: the collection. */
  readonly name?: string
  /** `log`, `status`, … */
  readonly subresource?: string
}

/** The path of an object or a collection, each segment percent-encoded. */
export function apiPath(resource: Resource, place: Place = {}): string {
  const segments = resource.group === '' ? ['api'] : ['apis', resource.group]
  segments.push(resource.version)
  if (resource.isNamespaced && place.namespace !== undefined) segments.push('namespaces', place.namespace)
  segments.push(resource.plural)
  if (place.name !== undefined) segments.push(place.name)
  if (place.subresource !== undefined) segments.push(place.subresource)
  return '/' + segments.map(encodeSegment).join('/')
}

/** The resource with its group, as RBAC and `kubectl auth can-i` name it: `leases.coordination.k8s.io`, `pods`. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

/** What a request is about, for error messages. */
export function subjectOf(verb: string, resource: Resource, place: Place = {}): RequestSubject {
  const plural = resourceName(resource)
  return {
    verb,
    resource: place.subresource === undefined ? plural : `${plural}/${place.subresource}`,
    ...(place.namespace !== undefined && { namespace: place.namespace }),
    ...(place.name !== undefined && { name: place.name }),
  }
}

/** `.` and `..` survive encodeURIComponent, and would be resolved as directories on their way. */
function encodeSegment(segment: string): string {
  return /^\.+$/.test(segment) ? segment.replaceAll('.', '%2E') : encodeURIComponent(segment)
}
