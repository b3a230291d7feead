import type { LockKind } from './election.ts'
import type { ElectionRecord } from './record.ts'

/**
 * What a Lease is for. Only an `election` is driven; the others are leases that mean something else: a kubelet's
 * heartbeat (`node`), an API server's identity (`apiserver`), or another use of the object (`other`: database locks).
 */
export type Category = 'election' | 'node' | 'apiserver' | 'other'

interface Classified {
  readonly lock: LockKind
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly record: ElectionRecord
}

/** Where kubelets keep their heartbeats (kubernetes/pkg/kubelet: `v1.NamespaceNodeLease`). */
const NODE_LEASE_NAMESPACE = 'kube-node-lease'
/** On an API server's identity lease (kubernetes/pkg/controlplane: `IdentityLeaseComponentLabelKey`). */
const IDENTITY_COMPONENT_LABEL = 'apiserver.kubernetes.io/identity'

/** Sorts a lease into its category, by name, labels and namespace alone. */
export function categoryOf(election: Classified): Category {
  if (election.lock !== 'lease') return 'election'
  if (election.namespace === NODE_LEASE_NAMESPACE) return 'node'
  if (
    election.namespace === 'kube-system' &&
    (IDENTITY_COMPONENT_LABEL in election.labels ||
      'k8s.io/component' in election.labels && election.labels['k8s.io/component'] === 'kube-apiserver' ||
      /^(kube-)?apiserver-[a-z0-9]{10,}$/.test(election.name))
  ) {
    return 'apiserver'
  }
  return 'election'
}
