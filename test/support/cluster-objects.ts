/** Objects as an API server sends them, in namespace `team-a` unless told otherwise. */

export interface PodOptions {
  readonly namespace?: string
  readonly uid?: string
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly nodeName?: string
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly phase?: string
  readonly isReady?: boolean
  readonly restarts?: number
  readonly replicaSet?: string
  /** When its container was started; absent: the kubelet has not reported it. */
  readonly runningSince?: string
  /** The label `pod-template-hash`. */
  readonly hash?: string
}

let uids = 0

export function pod(name: string, options: PodOptions = {}): Record<string, unknown> {
  const { namespace = 'team-a', creationTimestamp = '2025-12-31T00:00:00Z', isReady = true, hash, replicaSet } = options
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: options.uid ?? `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
      creationTimestamp,
      ...(options.deletionTimestamp !== undefined && { deletionTimestamp: options.deletionTimestamp }),
      ...(hash !== undefined && { labels: { 'pod-template-hash': hash } }),
      ...(replicaSet !== undefined && {
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: `uid-of-${replicaSet}`, controller: true }],
      }),
    },
    spec: {
      nodeName: options.nodeName ?? 'node-9',
      ...(options.hostNetwork && { hostNetwork: true }),
      ...(options.hostname !== undefined && { hostname: options.hostname }),
    },
    status: {
      phase: options.phase ?? 'Running',
      startTime: creationTimestamp,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'main',
          restartCount: options.restarts ?? 0,
          ...(options.runningSince !== undefined && { state: { running: { startedAt: options.runningSince } } }),
        },
      ],
    },
  }
}

export function lease(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'team-a', name, resourceVersion: '7', creationTimestamp: '2025-12-01T00:00:00Z', ...metadata },
    spec,
  }
}
