import { CORE_EVENT, LEASE_CANDIDATE_SPEC, LEASE_SPEC, OBJECT_META, SCALE_SPEC, SPEC_AND_STATUS } from './object-schemas.ts'
import type { FieldType, Schema } from './schema.ts'

/** How an object may be called: apimachinery's `NameIsDNSSubdomain`, `NameIsDNSLabel`, `NameIsDNS1035Label`. */
export type NameRule = 'subdomain' | 'label' | 'dns1035'

/** One kind of object that the server stores. */
export interface Resource {
  readonly group: string
  /** The preferred one first; all show the same objects. */
  readonly versions: readonly string[]
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  /** Whether `/status` exists, which alone changes the status then. */
  readonly hasStatus: boolean
  /** Whether `/scale` exists, which shows and sets `spec.replicas`. */
  readonly hasScale: boolean
  /** Whether `metadata.generation` counts the changes of the spec. */
  readonly hasGeneration: boolean
  /** Whether PUT works without a resourceVersion. */
  readonly allowsUnconditionalUpdate: boolean
  /** Whether PUT creates what is not there. */
  readonly allowsCreateOnUpdate: boolean
  /** Whether DELETE answers with the object that is gone instead of a Status. */
  readonly returnsDeleted: boolean
  readonly nameRule: NameRule
  readonly schema: Schema
}

/** `leases.coordination.k8s.io`, `pods`: how a resource is looked up. */
export function resourceId(resource: { readonly group: string; readonly plural: string }): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural
}

/** `coordination.k8s.io/v1`, `v1`. */
export function groupVersion(group: string, version: string): string {
  return group ? `${group}/${version}` : version
}

type Definition = Pick<Resource, 'plural' | 'singular' | 'kind'> & {
  readonly fields: Readonly<Record<string, FieldType>>
} & Partial<Resource>

function define(group: string, versions: readonly string[], definition: Definition): Resource {
  const { fields, ...rest } = definition
  return {
    group,
    versions,
    shortNames: [],
    categories: [],
    namespaced: true,
    hasStatus: false,
    hasScale: false,
    hasGeneration: false,
    allowsUnconditionalUpdate: true,
    allowsCreateOnUpdate: false,
    returnsDeleted: false,
    nameRule: 'subdomain',
    ...rest,
    schema: { fields: { metadata: { required: OBJECT_META }, ...fields } },
  }
}

const workload = { hasStatus: true, hasGeneration: true, categories: ['all'], fields: SPEC_AND_STATUS }

/** All that the sandbox stores, in the order of discovery. What PUT may do is as in kubernetes pkg/registry. */
export const RESOURCES: readonly Resource[] = [
  define('', ['v1'], {
    plural: 'configmaps',
    singular: 'configmap',
    kind: 'ConfigMap',
    shortNames: ['cm'],
    fields: { data: 'stringMap', binaryData: 'stringMap', immutable: 'boolean' },
  }),
  define('', ['v1'], {
    plural: 'endpoints',
    singular: 'endpoints',
    kind: 'Endpoints',
    shortNames: ['ep'],
    allowsCreateOnUpdate: true,
    fields: { subsets: 'any' },
  }),
  define('', ['v1'], {
    plural: 'events',
    singular: 'event',
    kind: 'Event',
    shortNames: ['ev'],
    allowsCreateOnUpdate: true,
    fields: CORE_EVENT,
  }),
  define('', ['v1'], {
    plural: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    returnsDeleted: true,
    nameRule: 'label',
    fields: SPEC_AND_STATUS,
  }),
  define('', ['v1'], {
    plural: 'nodes',
    singular: 'node',
    kind: 'Node',
    shortNames: ['no'],
    namespaced: false,
    hasStatus: true,
    fields: SPEC_AND_STATUS,
  }),
  define('', ['v1'], {
    plural: 'pods',
    singular: 'pod',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
    returnsDeleted: true,
    fields: SPEC_AND_STATUS,
  }),
  define('', ['v1'], {
    plural: 'services',
    singular: 'service',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    allowsCreateOnUpdate: true,
    returnsDeleted: true,
    nameRule: 'dns1035',
    fields: SPEC_AND_STATUS,
  }),
  define('apps', ['v1'], {
    plural: 'daemonsets',
    singular: 'daemonset',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    ...workload,
  }),
  define('apps', ['v1'], {
    plural: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    shortNames: ['deploy'],
    hasScale: true,
    ...workload,
  }),
  define('apps', ['v1'], {
    plural: 'replicasets',
    singular: 'replicaset',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    hasScale: true,
    ...workload,
  }),
  define('apps', ['v1'], {
    plural: 'statefulsets',
    singular: 'statefulset',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    hasScale: true,
    ...workload,
  }),
  define('batch', ['v1'], { plural: 'jobs', singular: 'job', kind: 'Job', ...workload }),
  define('coordination.k8s.io', ['v1'], {
    plural: 'leases',
    singular: 'lease',
    kind: 'Lease',
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: true,
    fields: { spec: { required: LEASE_SPEC } },
  }),
  define('coordination.k8s.io', ['v1beta1', 'v1alpha2'], {
    plural: 'leasecandidates',
    singular: 'leasecandidate',
    kind: 'LeaseCandidate',
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: true,
    fields: { spec: { required: LEASE_CANDIDATE_SPEC } },
  }),
]

/** What `/scale` of a workload shows. It is not stored. */
export const SCALE = define('autoscaling', ['v1'], { plural: 'scales', singular: 'scale', kind: 'Scale', fields: { spec: SCALE_SPEC, status: 'any' } })

const byPath = new Map<string, Resource>()
const byId = new Map<string, Resource>()
for (const resource of RESOURCES) {
  byId.set(resourceId(resource), resource)
  for (const version of resource.versions) {
    byPath.set(`${groupVersion(resource.group, version)}/${resource.plural}`, resource)
  }
}

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return byPath.get(`${groupVersion(group, version)}/${plural}`)
}

/** @param id `leases.coordination.k8s.io`, `pods`. Throws if the resource does not exist: a mistake in a test. */
export function resourceById(id: string): Resource {
  const resource = byId.get(id)
  if (!resource) throw new Error(`The sandbox has no resource ${id}; it has ${[...byId.keys()].join(', ')}.`)
  return resource
}
