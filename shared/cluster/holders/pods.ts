import type {
  V1ContainerState,
  V1ContainerStateRunning,
  V1ContainerStatus,
  V1NodeCondition,
  V1NodeStatus,
  V1ObjectMeta,
  V1Pod,
  V1PodCondition,
  V1PodSpec,
  V1PodStatus,
} from '@kubernetes/client-node'
import type { Collection } from '../list-watch/collection.ts'
import { controllerOf, type ControllerReference } from './owner-reference.ts'
import { strings, text, unchecked, uncheckedList, type Unchecked } from '../unchecked.ts'
import { apiPath, PODS } from '../paths.ts'

/** What is known of a Pod, as far as elections need it. Names and times are as the API server gave them. */
export interface PodFacts {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** RFC 3339, or null. */
  readonly creationTimestamp: string | null
  /** When it is to be gone, where it is being deleted: RFC 3339, or null. */
  readonly deletionTimestamp: string | null
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`; empty where not given. */
  readonly phase: string
  /** Why it is in its phase, in one word: `Evicted`; null where not given. */
  readonly reason: string | null
  readonly isReady: boolean
  /** When the kubelet acknowledged it: RFC 3339, or null. */
  readonly startTime: string | null
  /** How often its containers have been restarted, in all. */
  readonly restarts: number
  /** The Node it is bound to; null before that. */
  readonly nodeName: string | null
  /** Its own host name, as programs in it see it; null where it shares the Node's. */
  readonly hostname: string | null
  readonly serviceAccount: string
  readonly controller: ControllerReference | null
  /** The label `component` of a static Pod of the control plane, for example `kube-scheduler`. */
  readonly component: string | null
  /**
   * When the newest of its running containers was started, by the kubelet's clock: RFC 3339 in whole seconds. Null if one of
   * its containers does not run, or nothing is reported.
   */
  readonly runningSince: string | null
  /** The label that a Deployment puts on the Pods of each of its ReplicaSets, which is the end of their names. */
  readonly podTemplateHash: string | null
}

/** The Pods of a namespace, or of all (null), perhaps only those of one name. */
export function podCollection(namespace: string | null, name?: string): Collection<PodFacts> {
  const place = namespace === null ? {} : { namespace }
  return {
    path: apiPath(PODS, place),
    subject: { resource: 'pods', ...place },
    ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
    decode: podFacts,
  }
}

/** Reads a Pod. Anything missing or of the wrong type is taken as absent. */
export function podFacts(object: unknown): PodFacts {
  const pod = unchecked<V1Pod>(object)
  const metadata = unchecked<V1ObjectMeta>(pod.metadata)
  const spec = unchecked<V1PodSpec>(pod.spec)
  const status = unchecked<V1PodStatus>(pod.status)
  const containers = uncheckedList<V1ContainerStatus>(status.containerStatuses)
  const name = text(metadata.name) ?? ''
  const labels = strings(metadata.labels)
  return {
    namespace: text(metadata.namespace) ?? '',
    name,
    uid: text(metadata.uid) ?? '',
    creationTimestamp: text(metadata.creationTimestamp),
    deletionTimestamp: text(metadata.deletionTimestamp),
    phase: text(status.phase) ?? '',
    reason: text(status.reason),
    isReady: isConditionTrue(status, 'Ready'),
    startTime: text(status.startTime),
    restarts: containers.reduce((sum, { restartCount }) => sum + count(restartCount), 0),
    nodeName: text(spec.nodeName),
    hostname: spec.hostNetwork === true ? null : (text(spec.hostname) ?? hostnameFor(name)),
    serviceAccount: text(spec.serviceAccountName) ?? 'default',
    controller: controllerOf(object),
    component: labels['component'] ?? null,
    runningSince: runningSince(containers, uncheckedList<V1ContainerStatus>(status.initContainerStatuses)),
    podTemplateHash: labels['pod-template-hash'] ?? null,
  }
}

/** Init containers count only if they run: sidecars do (`restartPolicy: Always`). */
function runningSince(
  containers: readonly Unchecked<V1ContainerStatus>[],
  initContainers: readonly Unchecked<V1ContainerStatus>[],
): string | null {
  const startOf = ({ state }: Unchecked<V1ContainerStatus>): string | null =>
    text(unchecked<V1ContainerStateRunning>(unchecked<V1ContainerState>(state).running).startedAt)
  const main = containers.map(startOf)
  if (main.length === 0 || main.includes(null)) return null
  return [...main, ...initContainers.map(startOf)].filter((start) => start !== null).toSorted().at(-1)!
}

/** Whether an object's status has a condition of this type that is `True`. */
export function isConditionTrue(status: unknown, type: string): boolean {
  const conditions = uncheckedList<V1PodCondition | V1NodeCondition>(unchecked<V1PodStatus | V1NodeStatus>(status).conditions)
  return conditions.some((condition) => condition.type === type && condition.status === 'True')
}

/** The host name that the kubelet gives a Pod (`truncatePodHostnameIfNeeded`): 63 characters of its name. */
function hostnameFor(podName: string): string {
  return podName.length <= 63 ? podName : podName.slice(0, 63).replace(/[-.]+$/, '')
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
