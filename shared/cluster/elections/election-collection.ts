import { electionFromAnnotated, electionFromLease, type Election } from '../../lease/election.ts'
import type { LockKind } from '../../lease/election-ref.ts'
import type { Collection } from '../list-watch/collection.ts'
import { apiPath, CONFIG_MAPS, ENDPOINTS, LEASES, resourceName, type Resource } from '../paths.ts'
import type { ElectionScope } from './scope.ts'

const RESOURCES: Readonly<Record<LockKind, Resource>> = {
  lease: LEASES,
  configmap: CONFIG_MAPS,
  endpoints: ENDPOINTS,
}

/** The resource that a lock's record is stored in. */
export function lockResource(lock: LockKind): Resource {
  return RESOURCES[lock]
}

/** Reads an election from the object that stores it; null if the object has no election record. */
export function decodeElection(lock: LockKind, object: unknown): Election | null {
  return lock === 'lease' ? electionFromLease(object) : electionFromAnnotated(lock, object)
}

/**
 * The elections of one kind of lock in one namespace, or in all (null), as a collection to list and to watch. A single
 * name becomes a field selector, which RBAC checks against `resourceNames`. Of an annotation lock the election is all
 * in the object's metadata, so the data of every ConfigMap in the cluster need not travel.
 */
export function electionCollection(
  lock: LockKind,
  namespace: string | null,
  scope: Pick<ElectionScope, 'names' | 'labelSelector' | 'fieldSelector'>,
): Collection<Election> {
  const { names, labelSelector } = scope
  const name = names?.length === 1 ? names[0] : undefined
  const wanted = names && new Set(names)
  const fieldSelector = [
    ...(name !== undefined ? [`metadata.name=${escapeSelectorValue(name)}`] : []),
    ...(scope.fieldSelector ? [scope.fieldSelector] : []),
  ].join(',')
  const resource = RESOURCES[lock]
  return {
    path: apiPath(resource, namespace === null ? {} : { namespace }),
    subject: {
      resource: resourceName(resource),
      ...(namespace !== null && { namespace }),
      ...(name !== undefined && { name }),
    },
    ...(labelSelector !== undefined && labelSelector !== '' && { labelSelector }),
    ...(fieldSelector !== '' && { fieldSelector }),
    isMetadataEnough: lock !== 'lease',
    decode(object) {
      const election = decodeElection(lock, object)
      return election && (!wanted || wanted.has(election.name)) ? election : null
    },
  }
}

/** As apimachinery's `fields.EscapeValue`. */
function escapeSelectorValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}
