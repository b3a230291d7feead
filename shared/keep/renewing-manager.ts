import type { V1ManagedFieldsEntry } from '@kubernetes/client-node'
import type { ApiClient } from '../cluster/client.ts'
import { lockResource } from '../cluster/elections/election-collection.ts'
import { apiPath, subjectOf } from '../cluster/paths.ts'
import { field, objects, unchecked } from '../cluster/unchecked.ts'
import { LEADER_ANNOTATION } from '../lease/record.ts'
import type { ElectionRef } from '../lease/election-ref.ts'

/** The field manager of kubectl-leader candidates: the first part of the User-Agent. */
const OWN_MANAGER = 'kubectl-leader'

/**
 * Whether a kubectl-leader candidate last renewed an election, by what the API server noted about the fields of the object
 * (`managedFields`). Rejects with a ClusterError.
 */
export async function isRenewedByKubectlLeader(client: ApiClient, place: ElectionRef, signal: AbortSignal): Promise<boolean> {
  const resource = lockResource(place.lock)
  const object = await client.request({ method: 'GET', path: apiPath(resource, place), subject: subjectOf('get', resource, place), signal })
  return managersOfRenewal(object).includes(OWN_MANAGER)
}

/** Who set the renew time of a Lease, or the record in an annotation, to its present value. */
export function managersOfRenewal(object: unknown): readonly unknown[] {
  return objects(field(field(object, 'metadata'), 'managedFields')).flatMap((value) => {
    const { manager, fieldsV1 } = unchecked<V1ManagedFieldsEntry>(value)
    const inSpec = field(field(fieldsV1, 'f:spec'), 'f:renewTime')
    const inAnnotation = field(field(field(fieldsV1, 'f:metadata'), 'f:annotations'), `f:${LEADER_ANNOTATION}`)
    return inSpec === undefined && inAnnotation === undefined ? [] : [manager]
  })
}
