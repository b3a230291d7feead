import type { V1ObjectMeta, V1beta1LeaseCandidate, V1beta1LeaseCandidateSpec } from '@kubernetes/client-node'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { listCollection } from '../list-watch/list.ts'
import { apiPath, LEASE_CANDIDATES, resourceName } from '../paths.ts'
import { text, unchecked } from '../unchecked.ts'

/** A candidate of a coordinated election (KEP-4355): a LeaseCandidate. */
export interface LeaseCandidate {
  readonly name: string
  readonly binaryVersion: string | null
  readonly emulationVersion: string | null
  readonly strategy: string | null
  /** RFC 3339, or null. */
  readonly creationTimestamp: string | null
  /** RFC 3339, or null. */
  readonly pingTime: string | null
  /** RFC 3339, or null. */
  readonly renewTime: string | null
}

/** Newest first: 1.33 serves v1beta1, which is to go in 1.39; 1.32 serves v1alpha2. */
const VERSIONS = ['v1', 'v1beta1', 'v1alpha2'] as const

/** The candidates of a coordinated election; none if the server does not serve LeaseCandidates. Rejects with a ClusterError. */
export async function listLeaseCandidates(
  client: ApiClient,
  clock: Clock,
  { namespace, name }: Pick<Election, 'namespace' | 'name'>,
  signal?: AbortSignal,
): Promise<readonly LeaseCandidate[]> {
  for (const version of VERSIONS) {
    const resource = { ...LEASE_CANDIDATES, version }
    try {
      const { objects } = await listCollection(
        client,
        clock,
        {
          path: apiPath(resource, { namespace }),
          subject: { resource: resourceName(resource), namespace },
          decode: (object) => candidate(object, name),
        },
        { freshness: 'cache', ...(signal && { signal }) },
      )
      return objects
    } catch (error) {
      if (!(error instanceof ClusterError && error.kind === 'notFound')) throw error
    }
  }
  return []
}

/** The versions have the same fields. Null where it is a candidate for another lease. */
function candidate(object: unknown, leaseName: string): LeaseCandidate | null {
  const { metadata, spec: fields } = unchecked<V1beta1LeaseCandidate>(object)
  const spec = unchecked<V1beta1LeaseCandidateSpec>(fields)
  if (spec.leaseName !== leaseName) return null
  const { name, creationTimestamp } = unchecked<V1ObjectMeta>(metadata)
  return {
    name: text(name) ?? '',
    creationTimestamp: text(creationTimestamp),
    binaryVersion: text(spec.binaryVersion),
    emulationVersion: text(spec.emulationVersion),
    strategy: text(spec.strategy),
    pingTime: text(spec.pingTime),
    renewTime: text(spec.renewTime),
  }
}
