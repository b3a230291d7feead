import type { Resource } from './resources.ts'
import { isObject } from './schema.ts'
import type { StoredObject } from './storage.ts'

/** What the API server itself fills in or takes away when an object is created (`PrepareForCreate` and defaults). */
export function prepareForCreate(resource: Resource, object: StoredObject): StoredObject {
  switch (resource.kind) {
    case 'Namespace':
      return {
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      }
    case 'Event':
      // Fields that are written also when they are empty.
      return { eventTime: null, reportingComponent: '', reportingInstance: '', ...object }
    case 'Node':
      // The one kind whose status may be given at once.
      return object
    case 'Pod':
      return { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } }
    case 'Service': {
      const spec = isObject(object['spec']) ? object['spec'] : {}
      const defaults = { clusterIP: 'None', type: 'ClusterIP', sessionAffinity: 'None' }
      return { ...object, spec: { ...defaults, ...spec }, status: { loadBalancer: {} } }
    }
    default:
      return resource.hasStatus ? { ...object, status: {} } : object
  }
}
