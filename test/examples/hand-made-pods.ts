import type { V1Deployment, V1Pod } from '@kubernetes/client-node'
import type { Wire } from '../../shared/wire.ts'
import { startBuilt, type Running } from '../support/built-cli.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import { readmeCommand, runCommand } from './terminal.ts'

/** The service account of the READMEs' manifests; a user of the cluster. */
export const ACCOUNT = 'system:serviceaccount:default:my-app'

/**
 * Applies what an example's README generates to a real API server, and creates these Pods of its Deployment, as no controller
 * does it there.
 */
export async function makePods(cluster: RealCluster, example: string, names: readonly string[]): Promise<readonly Wire<V1Pod>[]> {
  for (const kind of ['generate rbac', 'generate sidecar']) {
    await cluster.kubectl(['apply', '-f', '-'], { input: await runCommand(readmeCommand(example, kind), {}) })
  }
  const { spec } = JSON.parse(await cluster.kubectl(['get', 'deployment', 'my-app', '-o', 'json'])) as Wire<V1Deployment>
  const { metadata, spec: podSpec } = spec!.template
  // No controller makes the token that would be mounted.
  const made = names.map((name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec: { ...podSpec, automountServiceAccountToken: false } }))
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: made }) })
  return Promise.all(names.map(async (name) => JSON.parse(await cluster.kubectl(['get', 'pod', name, '-o', 'json'])) as Wire<V1Pod>))
}

/**
 * Runs the container "leader" of a Pod as the kubelet does: with its command, arguments and environment, as its service account.
 *
 * @param port on this machine, in place of the container's `containerPort`
 */
export function startSidecar(cluster: RealCluster, { metadata, spec }: Wire<V1Pod>, containerPort: number, port: number): Running {
  const { command, args, env } = spec!.containers.find(({ name }) => name === 'leader')!
  const fields: Readonly<Record<string, string>> = { 'metadata.name': metadata!.name!, 'metadata.namespace': metadata!.namespace! }
  const values = new Map(env!.map(({ name, valueFrom }) => [name, fields[valueFrom!.fieldRef!.fieldPath]!]))
  const given = [...command!.slice(1), ...args!].map((arg) => arg.replaceAll(/\$\((\w+)\)/g, (_, name: string) => values.get(name)!).replace(String(containerPort), String(port)))
  return startBuilt(given, { ...Object.fromEntries(values), KUBECONFIG: cluster.kubeconfigFor(ACCOUNT) })
}
