import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import type { Owner } from './holder.ts'
import { controllerOf, type ControllerReference } from './owner-reference.ts'
import { apiPath, JOBS, REPLICA_SETS, subjectOf, type Resource } from '../paths.ts'

/** What is itself controlled by something else; everything else is taken as the top. */
const MIDDLE: Readonly<Record<string, Resource>> = { 'apps/v1 ReplicaSet': REPLICA_SETS, 'batch/v1 Job': JOBS }
const LONGEST_CHAIN = 5

/**
 * Follows the controllers of a Pod up, from its own to the top: ReplicaSet, Deployment. It ends early where one can't
 * be read: less is known then. Rejects only with the signal's reason.
 */
export async function followOwners(
  client: ApiClient,
  namespace: string,
  controller: ControllerReference | null,
  signal?: AbortSignal,
): Promise<readonly Owner[]> {
  const owners: Owner[] = []
  for (let next = controller; next !== null && owners.length < LONGEST_CHAIN; ) {
    owners.push({ kind: next.kind, name: next.name })
    const resource = MIDDLE[`${next.apiVersion} ${next.kind}`]
    next = resource ? await controllerAt(client, resource, { namespace, name: next.name }, signal) : null
  }
  return owners
}

async function controllerAt(
  client: ApiClient,
  resource: Resource,
  place: { readonly namespace: string; readonly name: string },
  signal: AbortSignal | undefined,
): Promise<ControllerReference | null> {
  try {
    const object = await client.request({
      method: 'GET',
      path: apiPath(resource, place),
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
      subject: subjectOf('get', resource, place),
      ...(signal && { signal }),
    })
    return controllerOf(object)
  } catch (error) {
    if (error instanceof ClusterError) return null
    throw error
  }
}
