/**
 * Measures the built program beside kubectl, on one real kube-apiserver in one run, and prints one table.
 *
 *     KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run bench            # a few minutes
 *     KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run bench -- --quick # fewer rounds
 *     KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run bench -- --only election
 *
 * The kubectl to compare with is the one that `KUBECTL` names, or that test/install/kubectl.sh has installed.
 *
 * `--only failover` moves leaders, and fails where that makes two of them; `--only list` includes `watch`.
 */
import { cpus } from 'node:os'
import { clientGoCandidate, realClusterAssets, startRealCluster } from '../support/real-cluster.ts'
import { benchElections } from './election.ts'
import { connectTo, createLeases } from './leases.ts'
import { benchExport } from './export.ts'
import { benchEmptyNode } from './empty-node.ts'
import { benchFailover } from './failover.ts'
import { kubectlOf } from './kubectl.ts'
import { benchList } from './list.ts'
import { formatTable, type Row } from './table.ts'
import { benchWatch } from './watch.ts'

const PARTS = ['election', 'list', 'failover', 'export']

const isQuick = process.argv.includes('--quick')
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : null
if (only !== null && !PARTS.includes(only)) throw new Error(`--only takes one of: ${PARTS.join(', ')}`)
const isWanted = (part: string): boolean => only === null || only === part
const assets = realClusterAssets()
const candidate = clientGoCandidate()
if (assets === undefined || candidate === undefined) {
  throw new Error('Set KUBEBUILDER_ASSETS, as in KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run bench')
}

const kubectl = kubectlOf(assets)
const rows: Row[] = []
await using cluster = await startRealCluster()
console.log(`kube-apiserver ${cluster.version}, kubectl ${kubectl.version}, Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]!.model.trim()}\n`)
if (isWanted('failover')) {
  await benchFailover(candidate, cluster, kubectl.path, isQuick)
  await benchEmptyNode(candidate, cluster.kubeconfig, isQuick ? 4 : 12)
}
if (isWanted('election')) rows.push(...(await benchElections(candidate, cluster.kubeconfig, isQuick)))
if (isWanted('list')) {
  const client = await connectTo(cluster.kubeconfig)
  let created = 0
  for (const leases of isQuick ? [10, 10_000] : [10, 1_000, 10_000, 50_000]) {
    await createLeases(client, created, leases)
    created = leases
    rows.push(...(await benchList(kubectl.path, cluster.kubeconfig, leases, isQuick ? 5 : 15)))
  }
  const load = { leases: created, elections: 800, seconds: isQuick ? 15 : 30 }
  rows.push(...(await benchWatch({ client, candidate, kubeconfig: cluster.kubeconfig }, load)))
  client.close()
}
if (isWanted('export')) {
  const client = await connectTo(cluster.kubeconfig)
  if (!isWanted('list')) await createLeases(client, 0, 8_000)
  rows.push(...(await benchExport({ client, candidate, kubeconfig: cluster.kubeconfig }, { leases: 10_000, elections: 2_000, scrapes: isQuick ? 2 : 6 })))
  client.close()
}

if (rows.length > 0) console.log(formatTable(rows))
