/**
 * What a Lease is used for. Commands move, release or join only an `election`. The other categories are not leader
 * elections: a kubelet's heartbeat (`node`), an API server's identity (`apiserver`), or another known use (`other`: locks
 * of databases, heartbeats of members and clusters).
 */
export type Category = 'election' | 'node' | 'apiserver' | 'other'

/** The parts of an object that show what its lease is used for. */
export interface Classified {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly owners?: readonly LeaseOwner[]
  /** The `spec` of a Lease, as the API server returned it; absent for other objects. */
  readonly spec?: unknown
}

/** The parts of an owner reference that show what a lease is used for. */
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
 * Whether a lease is a heartbeat: it has a renew time, but the fields for holder, acquire time and transitions are missing.
 * client-go writes all three fields with every record, even when it releases.
 */
const isBareHeartbeat: Rule = ({ spec }) => {
  if (typeof spec !== 'object' || spec === null) return false
  const { holderIdentity, acquireTime, leaseTransitions, leaseDurationSeconds, renewTime } = spec as Record<string, unknown>
  const isAbsent = (value: unknown): boolean => value === undefined || value === null
  return [holderIdentity, acquireTime, leaseTransitions].every(isAbsent) && !isAbsent(leaseDurationSeconds) && !isAbsent(renewTime)
}

/** The namespace of the kubelets' heartbeats (`v1.NamespaceNodeLease`). */
const isNodeHeartbeat: Rule = ({ namespace }) => namespace === 'kube-node-lease'

/** The labels of an API server's identity lease (kubernetes/pkg/controlplane): since 1.26, and before. */
const API_SERVER_LABELS = [
  has('apiserver.kubernetes.io/identity'),
  has('k8s.io/component', 'kube-apiserver'),
]

/** Known uses of a Lease other than leader election, recognized by names, labels and owners. */
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
  // so replace tfstateSecretSuffix, but a state without tfstate=true cannot be deleted any more.
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
 * Returns the category of an object with an election record. If the object does not exist yet, only its namespace and name
 * count.
 */
export function categoryOf(lease: Classified): Category {
  if (isNodeHeartbeat(lease)) return 'node'
  if (lease.namespace === 'kube-system' && API_SERVER_LABELS.some((rule) => rule(lease))) return 'apiserver'
  return OTHER_USES.some((rule) => rule(lease)) ? 'other' : 'election'
}
