import type { ElectionRef, LockKind } from '../lease/election-ref.ts'
import type { ApiClient } from './client.ts'
import {
  apiPath,
  CONFIG_MAPS,
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINTS,
  JOBS,
  LEASES,
  NODES,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
  subjectOf,
  type Resource,
} from './paths.ts'

const RESOURCES = {
  Lease: LEASES,
  ConfigMap: CONFIG_MAPS,
  Endpoints: ENDPOINTS,
  Pod: PODS,
  Node: NODES,
  Deployment: DEPLOYMENTS,
  ReplicaSet: REPLICA_SETS,
  StatefulSet: STATEFUL_SETS,
  DaemonSet: DAEMON_SETS,
  Job: JOBS,
  CronJob: CRON_JOBS,
} as const satisfies Readonly<Record<string, Resource>>

/** The kinds of objects around an election. */
export type ObjectKind = keyof typeof RESOURCES

/** An object around an election: its lock, a Pod, a Node, or what controls a Pod. */
export interface ObjectRef {
  readonly kind: ObjectKind
  /** Null for a kind that has none. */
  readonly namespace: string | null
  readonly name: string
}

const KIND_OF_LOCK: Readonly<Record<LockKind, ObjectKind>> = { lease: 'Lease', configmap: 'ConfigMap', endpoints: 'Endpoints' }

/** Whether a kind is one of those around an election. Controllers can be of any kind. */
export function isObjectKind(kind: string): kind is ObjectKind {
  return Object.hasOwn(RESOURCES, kind)
}

/** The object that stores an election's record. */
export function lockObject({ lock, namespace, name }: ElectionRef): ObjectRef {
  return { kind: KIND_OF_LOCK[lock], namespace, name }
}

/** Reads an object as the API server returns it. @throws ClusterError if it cannot be read */
export function readObject(client: ApiClient, { kind, namespace, name }: ObjectRef, signal?: AbortSignal): Promise<unknown> {
  const resource = RESOURCES[kind]
  const place = { name, ...(namespace !== null && { namespace }) }
  return client.request({ method: 'GET', path: apiPath(resource, place), subject: subjectOf('get', resource, place), ...(signal && { signal }) })
}
