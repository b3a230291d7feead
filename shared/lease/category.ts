/**
 * What a Lease is for. Only an `election` is driven; the others are leases that mean something else: a kubelet's
 * heartbeat (`node`), an API server's identity (`apiserver`), or another known use of the object (`other`: locks of
 * databases, heartbeats of members and clusters).
 */
export type Category = 'election' | 'node' | 'apiserver' | 'other'

/** What of an object tells what its lease is for. */
export interface Classified {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly owners?: readonly LeaseOwner[]
  /** The `spec` of a Lease, as the API server returned it; absent for other objects. */
  readonly spec?: unknown
}

/** An owner reference, as far as it tells what a lease is for. */
export interface LeaseOwner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

type Rule = (lease: Classified) => boolean

const has =
  (label: string, ...values: readonly string[]): Rule =>
  ({ labels }) => {
    const value = labels[label]
    return value !== undefined && (values.length === 0 || values.includes(value))
  }

const isOwnedBy =
  (apiGroup: string, kind: string, isNamed: (lease: Classified, owner: string) => boolean = () => true): Rule =>
  (lease) =>
    (lease.owners ?? []).some(
      (owner) => owner.kind === kind && groupOf(owner.apiVersion) === apiGroup && isNamed(lease, owner.name),
    )

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

/**
 * A heartbeat: renewed, with no holder, no acquisition and no count of transitions, not even empty ones. client-go
 * writes all three fields with every record, also when it releases.
 */
const isBareHeartbeat: Rule = ({ spec }) => {
  if (typeof spec !== 'object' || spec === null) return false
  const { holderIdentity, acquireTime, leaseTransitions, leaseDurationSeconds, renewTime } = spec as Record<string, unknown>
  const isAbsent = (value: unknown): boolean => value === undefined || value === null
  return [holderIdentity, acquireTime, leaseTransitions].every(isAbsent) && !isAbsent(leaseDurationSeconds) && !isAbsent(renewTime)
}

/** Kubelets keep their heartbeats here (`v1.NamespaceNodeLease`). */
const isNodeHeartbeat: Rule = ({ namespace }) => namespace === 'kube-node-lease'

/** The labels of kubernetes/pkg/controlplane's identity lease: since 1.26, and before that. */
const API_SERVER_LABELS = [
  has('apiserver.kubernetes.io/identity'),
  has('k8s.io/component', 'kube-apiserver'),
]

/** Known uses of a Lease that are not a leader election, by what their programs write and name them. */
const OTHER_USES: readonly Rule[] = [
  // CloudNativePG: the lock of a PostgreSQL cluster's primary, whose operator alone may move it.
  has('cnpg.io/cluster'),
  // Patroni and its operators: the same, of their PostgreSQL clusters.
  has('application', 'patroni', 'spilo'),
  // etcd-druid: members' heartbeats, and the revisions of their snapshots.
  has('app.kubernetes.io/component', 'etcd-member-lease', 'etcd-snapshot-lease'),
  // konnectivity: each proxy server counts itself.
  has('k8s-app', 'konnectivity-server'),
  // Open Cluster Management and Gardener: heartbeats of whole clusters and of extensions.
  ({ name }) => name === 'managed-cluster-lease' || name === 'gardener-extension-heartbeat',
  ({ namespace }) => namespace === 'gardener-system-seed-lease',
  // Open Cluster Management's add-ons (addon-framework, pkg/lease): heartbeats under the add-on's name, in any namespace.
  isBareHeartbeat,
  // Karmada: heartbeats of member clusters (pkg/util, NamespaceClusterLease).
  ({ namespace }) => namespace === 'karmada-cluster',
  // Terraform and OpenTofu (backend kubernetes): the lock of a state, which has no duration. Users can add labels, and
  // so replace tfstateSecretSuffix, but a state without tfstate=true can't be deleted any more.
  (lease) => lease.name.startsWith('lock-tfstate-') && has('tfstate', 'true')(lease),
  // Kyverno (pkg/controllers/webhook): when its webhook last answered.
  (lease) => lease.name === 'kyverno-health' && lease.annotations?.['kyverno.io/last-request-time'] !== undefined,
  // medik8s (common/pkg/lease): the lock of a node's maintenance. LEASE_NAMESPACE can put it elsewhere.
  ({ namespace }) => namespace === 'medik8s-leases',
  isOwnedBy('', 'Node', ({ name }, node) => name === `node-${node}`.toLowerCase()),
  // Longhorn: heartbeats of the share managers of RWX volumes.
  isOwnedBy('longhorn.io', 'ShareManager'),
]

/**
 * Sorts what carries an election record into its category. Where the object does not exist yet, its namespace and name
 * are all that tells.
 */
export function categoryOf(lease: Classified): Category {
  if (isNodeHeartbeat(lease)) return 'node'
  if (lease.namespace === 'kube-system' && API_SERVER_LABELS.some((rule) => rule(lease))) return 'apiserver'
  return OTHER_USES.some((rule) => rule(lease)) ? 'other' : 'election'
}
