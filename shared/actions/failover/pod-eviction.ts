import type { V1APIResource, V1APIResourceList, V1Eviction } from '@kubernetes/client-node'
import type { ApiClient } from '../../cluster/client.ts'
import { apiPath, PODS, subjectOf } from '../../cluster/paths.ts'
import { text, unchecked, uncheckedList } from '../../cluster/unchecked.ts'
import type { Wire } from '../../wire.ts'
import type { FailoverPlan } from './failover-plan.ts'

/**
 * Evicts the old leader's Pod, but not another Pod with the same name. Rejects with a ClusterError, `tooManyRequests` if a
 * PodDisruptionBudget does not allow it now.
 */
export async function evictPod(client: ApiClient, { holder }: FailoverPlan, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = holder!.pod!
  const place = { namespace, name, subresource: 'eviction' }
  const body: Wire<V1Eviction> = { apiVersion: await evictionVersion(client, signal), kind: 'Eviction', metadata: { namespace, name }, deleteOptions: { preconditions: { uid } } }
  await client.request({ method: 'POST', path: apiPath(PODS, place), body, subject: subjectOf('create', PODS, place) })
}

/** The version that the server's discovery names, as kubectl drain does: before Kubernetes 1.22 it is `policy/v1beta1`. */
async function evictionVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const list = unchecked<V1APIResourceList>(await client.request({ method: 'GET', path: '/api/v1', subject: { verb: 'get' }, signal }))
  const resource = uncheckedList<V1APIResource>(list.resources).find(({ name }) => name === 'pods/eviction')
  return `${text(resource?.group) ?? 'policy'}/${text(resource?.version) ?? 'v1'}`
}
