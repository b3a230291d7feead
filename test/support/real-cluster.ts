import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { realClusterAssets } from './real/assets.ts'
import { usersOf } from './real/credentials.ts'
import { freePorts } from './real/ports.ts'
import { ProcessCluster } from './real/process-cluster.ts'
import { Watchdog } from './real/watchdog.ts'

export { clientGoCandidate, realClusterAssets } from './real/assets.ts'
export { KubectlError } from './real/kubectl.ts'

export type ClusterProcessName = 'etcd' | 'kube-apiserver'

export interface RealClusterOptions {
  /** Users beside the administrator, each with a token, who may do nothing until RBAC grants it. */
  readonly users?: readonly string[]
  /** More flags for kube-apiserver, as in `--feature-gates=CoordinatedLeaderElection=true`. */
  readonly apiServerFlags?: readonly string[]
  /** How long a start or a restart may take, in milliseconds from the launch. Default 120 000. */
  readonly readyTimeoutMs?: number
}

/**
 * etcd and kube-apiserver, as processes of their own, with an empty cluster in them. There are no controllers, no
 * scheduler and no nodes: Pods stay pending, a deleted namespace stays terminating, and nothing is garbage-collected.
 */
export interface RealCluster extends AsyncDisposable {
  readonly url: string
  /** etcd's own URL: plain HTTP, no credentials. */
  readonly etcdUrl: string
  /** The API server's certificate, self-signed for 127.0.0.1. */
  readonly caFile: string
  readonly adminToken: string
  /** The API server's version, as in `v1.20.2`. */
  readonly version: string
  /** Path of the administrator's kubeconfig: token, CA inline, namespace `default`. */
  readonly kubeconfig: string
  /** Where everything of this cluster lies; removed at the end. Tests may put files of their own here. */
  readonly directory: string

  /** Path of a kubeconfig for one of the users that the options named. */
  kubeconfigFor(user: string): string
  tokenFor(user: string): string
  /** Runs the assets' kubectl, by default as the administrator; resolves to its stdout. @throws KubectlError */
  kubectl(args: readonly string[], options?: { input?: string; user?: string }): Promise<string>

  /** Undefined while it isn't running. */
  pid(which: ClusterProcessName): number | undefined
  /** Path of what it has printed so far, over all restarts. */
  logFile(which: ClusterProcessName): string
  /** SIGKILL. Resolves when it is gone. */
  kill(which: ClusterProcessName): Promise<void>
  /** SIGTERM. Resolves when it is gone. */
  stop(which: ClusterProcessName): Promise<void>
  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(which: ClusterProcessName): void
  /** SIGCONT. */
  resume(which: ClusterProcessName): void
  /**
   * Starts it again on the same port and data, stopping it first if it runs; resolves when it is ready. kube-apiserver
   * is not ready before etcd runs.
   */
  restart(which: ClusterProcessName): Promise<void>
  /** Ends everything and removes the directory. Can be called again. Happens by itself when this process ends. */
  close(): Promise<void>
}

/** A port that was free may be taken before its server is up; then the next start takes others. */
const START_TRIES = 3

/** Starts a cluster from the programs in {@link realClusterAssets}. */
export async function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  for (let tries = 1; ; tries++) {
    const cluster = await prepare(options)
    try {
      await cluster.start()
      return cluster
    } catch (error) {
      await cluster.close()
      if (tries >= START_TRIES || !/address already in use/.test(String(error))) throw error
    }
  }
}

async function prepare(options: RealClusterOptions): Promise<ProcessCluster> {
  const assets = realClusterAssets()
  if (!assets) throw new Error('set KUBEBUILDER_ASSETS to what test/install/kube-apiserver.sh prints')
  const users = usersOf(options.users)
  const [etcdClientPort, etcdPeerPort, apiServerPort] = (await freePorts(3)) as [number, number, number]
  const directory = join(tmpdir(), `real-cluster-${randomUUID()}`)
  const watchdog = new Watchdog(directory)
  mkdirSync(directory, { mode: 0o700 })
  const layout = { directory, etcdClientPort, etcdPeerPort, apiServerPort }
  return new ProcessCluster(assets, layout, users, watchdog, options)
}
