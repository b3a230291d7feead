import type { V1ClusterRole, V1ClusterRoleBinding, V1Deployment, V1Service, V1ServiceAccount } from '@kubernetes/client-node'
import type { Wire } from '../../../shared/wire.ts'
import { RESTRICTED, type Manifest } from '../manifest.ts'

/** How Prometheus finds the exporter. */
export type Scrape =
  /** By a ServiceMonitor of the Prometheus Operator. */
  | 'servicemonitor'
  /** By the annotations that many scrape configurations follow. */
  | 'annotations'

export interface ExporterOptions {
  readonly namespace: string
  /** Of all objects. */
  readonly name: string
  /** An image with `kubectl-leader` on its PATH. */
  readonly image: string
  readonly replicas: number
  readonly scrape: Scrape
  /** Labels by which the Prometheus Operator selects its objects. */
  readonly monitorLabels: Readonly<Record<string, string>>
}

const PORT = 9797
const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** What the exporter needs, and no more: it reads Leases, and finds the Pods of their holders. */
export const EXPORTER_RULES = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
]

/** A Deployment of `export -A` with its account, Role and Service, and a ServiceMonitor if wanted. */
export function exporterManifests(options: ExporterOptions): Manifest[] {
  const { namespace, name, scrape } = options
  const labels = { 'app.kubernetes.io/name': name }
  const account: Wire<V1ServiceAccount> = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } }
  const role: Wire<V1ClusterRole> = { apiVersion: `${RBAC_GROUP}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules: EXPORTER_RULES }
  const binding: Wire<V1ClusterRoleBinding> = {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }
  const service: Wire<V1Service> = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { clusterIP: 'None', selector: labels, ports: [{ name: 'metrics', port: PORT, targetPort: 'metrics' }] },
  }
  return [account, role, binding, deployment(options, labels), ...(scrape === 'servicemonitor' ? [service, serviceMonitor(options, labels)] : [])]
}

function deployment({ namespace, name, image, replicas, scrape }: ExporterOptions, labels: Record<string, string>): Wire<V1Deployment> {
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(PORT), 'prometheus.io/path': '/metrics' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(scrape === 'annotations' && { annotations }) },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name: 'exporter',
              image,
              command: ['kubectl-leader', 'export'],
              args: ['--all-namespaces', `--http=0.0.0.0:${PORT}`],
              ports: [{ name: 'metrics', containerPort: PORT }],
              livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' }, periodSeconds: 10, failureThreshold: 3 },
              // It stays ready while the API server is gone: its metrics then say that it is blind.
              readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 5 },
              resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '320Mi' } },
              securityContext: RESTRICTED,
            },
          ],
        },
      },
    },
  }
}

function serviceMonitor({ namespace, name, monitorLabels }: ExporterOptions, labels: Record<string, string>): Manifest {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name, namespace, labels: { ...labels, ...monitorLabels } },
    spec: {
      selector: { matchLabels: labels },
      // The namespace of a series is that of the election, not that of the exporter.
      endpoints: [{ port: 'metrics', interval: '30s', honorLabels: true }],
    },
  }
}
