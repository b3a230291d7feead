import type {
  CoreV1Event,
  V1Deployment,
  V1Namespace,
  V1Node,
  V1OwnerReference,
  V1Pod,
  V1PodTemplateSpec,
  V1ReplicaSet,
} from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'
import type { PlantedObject } from '../index.ts'

/** An object of the demo, with the fields that its kind has. */
type Planted<T> = PlantedObject & Wire<T>

/** The nodes of the demo cluster. */
export const NODES = ['node-a', 'node-b', 'node-c'] as const

/** A workload of the demo cluster, as its objects need it. */
export interface Workload {
  readonly namespace: string
  readonly name: string
}

/** An owner that an object names, with the UID that it has. */
export interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export function nodeObject(name: string, created: string): Planted<V1Node> {
  return {
    metadata: { name, creationTimestamp: created, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          lastHeartbeatTime: created,
          lastTransitionTime: created,
        },
      ],
      nodeInfo: {
        kubeletVersion: 'v1.34.0',
        osImage: 'Sandbox',
        architecture: 'amd64',
        operatingSystem: 'linux',
        // Required, and never evaluated here.
        bootID: '',
        containerRuntimeVersion: '',
        kernelVersion: '',
        kubeProxyVersion: '',
        machineID: '',
        systemUUID: '',
      },
    },
  }
}

export function namespaceObject(name: string, created: string): Planted<V1Namespace> {
  return {
    metadata: { name, creationTimestamp: created, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
}

export function deploymentObject({ namespace, name }: Workload, replicas: number, created: string): Planted<V1Deployment> {
  return {
    metadata: { name, namespace, creationTimestamp: created, generation: 1, labels: { app: name } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name) },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    },
  }
}

export function replicaSetObject(
  deployment: Owner & { readonly namespace: string },
  replicas: number,
  hash: string,
  created: string,
): Planted<V1ReplicaSet> {
  const { name, namespace } = deployment
  return {
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      creationTimestamp: created,
      generation: 1,
      labels: { app: name, 'pod-template-hash': hash },
      ownerReferences: [ownerReference('apps/v1', deployment)],
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name, 'pod-template-hash': hash } },
      template: podTemplate(name),
    },
    status: { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 },
  }
}

export interface PodState {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly app: string
  readonly node: string
  /** Whether it shares the node's network, and so its name. */
  readonly isHostNetwork: boolean
  readonly owner: Owner & { readonly apiVersion: string }
  readonly created: string
  readonly restarts: number
  /** When the container last started; null while it is down. */
  readonly startedAt: string | null
}

export function podObject(state: PodState): Planted<V1Pod> {
  const { namespace, name, labels, app, node, isHostNetwork, owner, created, restarts, startedAt } = state
  const ready = startedAt === null ? 'False' : 'True'
  const container = {
    name: app,
    image: `sandbox/${app}:1.0`,
    imageID: '',
    restartCount: restarts,
    ready: startedAt !== null,
    started: startedAt !== null,
    state: startedAt === null ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt } },
  }
  return {
    metadata: {
      name,
      namespace,
      creationTimestamp: created,
      labels,
      ownerReferences: [ownerReference(owner.apiVersion, owner)],
    },
    spec: {
      nodeName: node,
      ...(isHostNetwork && { hostNetwork: true }),
      containers: [{ name: app, image: container.image }],
      restartPolicy: 'Always',
    },
    status: {
      phase: 'Running',
      startTime: created,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: type.includes('Ready') ? ready : 'True',
        lastTransitionTime: startedAt ?? created,
      })),
      containerStatuses: [container],
    },
  }
}

/** The Event that client-go's `LeaderElectionRecordEvent` leaves. */
export function becameLeaderEvent(
  lease: {
    readonly kind: string
    readonly apiVersion: string
    readonly namespace: string
    readonly name: string
    readonly uid: string
  },
  identity: string,
  at: string,
  suffix: string,
): Planted<CoreV1Event> {
  return {
    metadata: { name: `${lease.name}.${suffix}`, namespace: lease.namespace, creationTimestamp: at },
    involvedObject: lease,
    reason: 'LeaderElection',
    message: `${identity} became leader`,
    type: 'Normal',
    source: { component: identity },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  }
}

function podTemplate(app: string): Wire<V1PodTemplateSpec> {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: app, image: `sandbox/${app}:1.0` }] } }
}

function ownerReference(apiVersion: string, { kind, name, uid }: Owner): Wire<V1OwnerReference> {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** A `Time` of the API: RFC 3339 without fractions. */
export function wholeSeconds(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
