import type { ElectionRef } from '../../lease/election-ref.ts'
import type { ApiClient } from '../client.ts'
import { lockResource } from './election-collection.ts'
import { apiPath, subjectOf } from '../paths.ts'

/** Reads the object that holds an election's record, whole, as the API server gives it. Rejects with a ClusterError. */
export function readElectionObject(
  client: ApiClient,
  { lock, namespace, name }: ElectionRef,
  signal?: AbortSignal,
): Promise<unknown> {
  const resource = lockResource(lock)
  const place = { namespace, name }
  const subject = subjectOf('get', resource, place)
  return client.request({ method: 'GET', path: apiPath(resource, place), subject, ...(signal && { signal }) })
}
