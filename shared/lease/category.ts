/**
 * What a Lease is for. Only an `election` is driven; the others are leases that mean something else: a kubelet's
 * heartbeat (`node`), an API server's identity (`apiserver`), or another known use of the object (`other`: locks of
 * databases, heartbeats of members and clusters).
 */
export type Category = 'election' | 'node' | 'apiserver' | 'other'

interface Classified {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

type Rule = (lease: Classified) => boolean

const has =
  (label: string, ...values: readonly string[]): Rule =>
  ({ labels }) => {
    const value = labels[label]
    return value !== undefined && (values.length === 0 || values.includes(value))
  }

/** Kubelets keep their heartbeats here (`v1.NamespaceNodeLease`). */
const isNodeHeartbeat: Rule = ({ namespace }) => namespace === 'kube-node-lease'

/** The labels of kubernetes/pkg/controlplane's identity lease: since 1.26, and before that. */
const API_SERVER_LABELS = [
  has('apiserver.kubernetes.io/identity'),
  has('k8s.io/component', 'kube-apiserver'),
]

/** Known uses of a Lease that are no election, by the labels and names that their programs give them. */
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
]

/** Sorts what carries an election record into its category, by namespace, name and labels. */
export function categoryOf(lease: Classified): Category {
  if (isNodeHeartbeat(lease)) return 'node'
  if (lease.namespace === 'kube-system' && API_SERVER_LABELS.some((rule) => rule(lease))) return 'apiserver'
  return OTHER_USES.some((rule) => rule(lease)) ? 'other' : 'election'
}
