import type { V1ConfigMap } from '@kubernetes/client-node'
import type { Wire } from '../../../shared/wire.ts'
import { yamlText, type Manifest } from '../manifest.ts'
import { alertRules } from './alerts.ts'
import { dashboard } from './dashboard.ts'
import { exporterManifests, type ExporterOptions } from './exporter.ts'

export interface MonitoringOptions extends ExporterOptions {
  /** The address of docs/runbooks.md. */
  readonly runbooks: string
}

/** The exporter, its alerts and its dashboard, for `kubectl apply -f -`. */
export async function monitoringManifests(options: MonitoringOptions): Promise<Manifest[]> {
  const { namespace, name, scrape, monitorLabels, runbooks } = options
  const labels = { 'app.kubernetes.io/name': name }
  const rules = alertRules(runbooks)
  const prometheusRule: Manifest = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, namespace, labels: { ...labels, ...monitorLabels } },
    spec: rules,
  }
  const configMap = (suffix: string, data: Record<string, string>, more: Record<string, string> = {}): Wire<V1ConfigMap> => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}-${suffix}`, namespace, labels: { ...labels, ...more } },
    data,
  })
  return [
    ...exporterManifests(options),
    scrape === 'servicemonitor' ? prometheusRule : configMap('rules', { 'leader-elections.rules.yaml': await yamlText(rules) }),
    // The label by which the sidecar of Grafana's Helm charts finds dashboards.
    configMap('dashboard', { 'leader-elections.json': JSON.stringify(dashboard()) }, { grafana_dashboard: '1' }),
  ]
}
