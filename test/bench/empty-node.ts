import type { ApiClient } from '../../shared/cluster/client.ts'
import { NodeCluster, type PodPlan } from '../failover/node-cluster.ts'
import { runBuilt } from '../support/built-cli.ts'
import { quantile } from './election-candidate.ts'
import { connectTo } from './leases.ts'
import { markdownTable } from './table.ts'

/** client-go's defaults. */
const TIMINGS = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 }
const NODES = { 'node-a': 'zone-1', 'node-b': 'zone-1', 'node-c': 'zone-2' }

/**
 * Empties a Node of its leaders, by `failover --on-node`, and then another by cordoning and draining it, as is usual today:
 * its Pods get SIGTERM, and the leases of client-go's leaders expire. Prints one table. The times are those of the
 * candidates' journals.
 *
 * @throws Error if the failover led to two leaders
 */
export async function benchEmptyNode(clientGo: string, kubeconfig: string, elections: number): Promise<void> {
  const client = await connectTo(kubeconfig)
  try {
    console.log(`${await measured(client, clientGo, kubeconfig, elections)}\n`)
  } finally {
    client.close()
  }
}

async function measured(client: ApiClient, clientGo: string, kubeconfig: string, elections: number): Promise<string> {
  const names = Array.from({ length: elections }, (_, index) => `emptied-${index}`)
  const plans = names.flatMap((name) => Object.keys(NODES).map((node): PodPlan => ({ name: `${name}-${node.at(-1)!}`, node, elections: [name] })))
  await using cluster = await NodeCluster.create(client, { clientGo, kubeconfig, timings: TIMINGS }, NODES, plans)
  const failover = await emptied(cluster, async (node) => {
    await runBuilt(['failover', '--on-node', node, '--at-once', String(elections), '--yes'], { KUBECONFIG: kubeconfig })
  })
  if (Object.keys(cluster.overlaps).length > 0) throw new Error(`failover --on-node led to two leaders: ${JSON.stringify(cluster.overlaps)}`)
  const drained = await emptied(cluster, async (node) => {
    await Promise.all(cluster.pods.filter((pod) => pod.plan.node === node).map((pod) => pod.drain()))
    await cluster.until('each election has a leader', () => names.every((name) => cluster.leaderOf(name)))
  })
  const head = ['node emptied by', 'leaders', 'moved off', 'no leader, median', 'no leader, longest', 'in all']
  return markdownTable([head, ['failover --on-node', ...failover], ['cordon and drain', ...drained]])
}

/** Empties the Node with the most leaders, and returns the cells of the row. */
async function emptied(cluster: NodeCluster, empty: (node: string) => Promise<void>): Promise<string[]> {
  await cluster.settle()
  const [node] = Object.keys(NODES).toSorted((a, b) => cluster.ledOn(b).length - cluster.ledOn(a).length)
  const names = cluster.ledOn(node!)
  const before = names.map((name) => cluster.termsOf(name).length)
  const startedAtMs = Date.now()
  await empty(node!)
  const tookMs = Date.now() - startedAtMs
  const gaps = names.flatMap((name, index) => {
    const terms = cluster.termsOf(name)
    const next = terms[before[index]!]
    return next ? Math.max(next.fromMs - terms[before[index]! - 1]!.untilMs, 0) : []
  })
  const moved = names.length - cluster.ledOn(node!).filter((name) => names.includes(name)).length
  return [String(names.length), String(moved), ...[quantile(gaps, 0.5), quantile(gaps, 1), tookMs].map((ms) => `${(ms / 1000).toFixed(1)}s`)]
}
