import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiServerProbe } from '../../support/real/api-server-probe.ts'
import { apiServerFlags } from '../../support/real/flags.ts'
import { freePorts } from '../../support/real/ports.ts'
import { realClusterAssets, startRealCluster, type RealCluster } from '../../support/real-cluster.ts'

/** Everything about locks, with both objects. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        { group: 'coordination.k8s.io', resources: ['leases'] },
        { group: '', resources: ['configmaps', 'endpoints', 'events'] },
      ],
    },
    { level: 'Metadata' },
  ],
}

/** One of the API servers. */
export interface AuditedServer {
  readonly url: string
  readonly caFile: string
  readonly log: string
}

/** Two kube-apiservers on one etcd, each with an audit log of its own. */
export interface AuditedServers extends AsyncDisposable {
  readonly cluster: RealCluster
  readonly servers: readonly [AuditedServer, AuditedServer]
}

export async function startAuditedServers(folder: string, users: readonly string[]): Promise<AuditedServers> {
  const policy = join(folder, 'policy.json')
  writeFileSync(policy, JSON.stringify(POLICY))
  const auditFlags = (log: string): string[] => [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`]
  const logs = [join(folder, 'a.log'), join(folder, 'b.log')] as const
  const cluster = await startRealCluster({ users, apiServerFlags: auditFlags(logs[0]) })
  const [port] = await freePorts(1)
  const layout = { directory: cluster.directory, apiServerPort: port!, etcdClientPort: Number(new URL(cluster.etcdUrl).port), etcdPeerPort: 0 }
  const certificates = join(folder, 'certificates-b')
  mkdirSync(certificates)
  const args = [...apiServerFlags(layout).map((flag) => (flag.startsWith('--cert-dir=') ? `--cert-dir=${certificates}` : flag)), ...auditFlags(logs[1])]
  const second = spawn(join(realClusterAssets()!, 'kube-apiserver'), args, { stdio: 'ignore' })
  const ended = once(second, 'exit')
  const servers = [
    { url: cluster.url, caFile: cluster.caFile, log: logs[0] },
    { url: `https://127.0.0.1:${port!}`, caFile: join(certificates, 'apiserver.crt'), log: logs[1] },
  ] as const
  const stop = async (): Promise<void> => {
    second.kill('SIGKILL')
    await ended
    await cluster.close()
  }
  try {
    const probe = new ApiServerProbe(servers[1].url, servers[1].caFile, cluster.adminToken)
    const untilMs = Date.now() + 120_000
    while (!(await probe.isReady().catch(() => false))) {
      if (second.exitCode !== null || Date.now() > untilMs) throw new Error('the second API server did not become ready')
      await delay(200)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { cluster, servers, [Symbol.asyncDispose]: stop }
}

/** Writes a kubeconfig for one of the servers. */
export function writeServerKubeconfig(path: string, { url, caFile }: AuditedServer, token: string): string {
  const cluster = { server: url, 'certificate-authority-data': readFileSync(caFile).toString('base64') }
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c', namespace: 'default' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'c', user: { token } }],
  }
  writeFileSync(path, JSON.stringify(kubeconfig), { mode: 0o600 })
  return path
}
