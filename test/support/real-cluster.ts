import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { ApiServerProbe, isEtcdHealthy } from './real/api-server-probe.ts'
import { realClusterAssets } from './real/assets.ts'
import { newUser, writeKubeconfig, writeServiceAccountKey, writeTokenFile, type User } from './real/credentials.ts'
import * as flags from './real/flags.ts'
import { runKubectl } from './real/kubectl.ts'
import { freePorts } from './real/ports.ts'
import { SupervisedProcess } from './real/supervised-process.ts'
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

const DEFAULT_READY_TIMEOUT_MS = 120_000
const POLL_INTERVAL_MS = 100
/** A port that was free may be taken before its server is up; then the next start takes others. */
const START_TRIES = 3
const ADMIN = 'admin'

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

async function prepare(options: RealClusterOptions): Promise<StartedCluster> {
  const assets = realClusterAssets()
  if (!assets) throw new Error('set KUBEBUILDER_ASSETS to what test/install/kube-apiserver.sh prints')
  const users = usersOf(options)
  const [etcdClientPort, etcdPeerPort, apiServerPort] = (await freePorts(3)) as [number, number, number]
  const directory = join(tmpdir(), `real-cluster-${randomUUID()}`)
  const watchdog = new Watchdog(directory)
  mkdirSync(directory, { mode: 0o700 })
  const layout = { directory, etcdClientPort, etcdPeerPort, apiServerPort }
  return new StartedCluster(assets, layout, users, watchdog, options)
}

function usersOf(options: RealClusterOptions): ReadonlyMap<string, User> {
  const users = [newUser(ADMIN, 'system:masters'), ...(options.users ?? []).map((name) => newUser(name))]
  const byName = new Map(users.map((user) => [user.name, user]))
  if (byName.size !== users.length) throw new Error(`users must have different names, and none is ${ADMIN}`)
  return byName
}

class StartedCluster implements RealCluster {
  readonly url: string
  readonly caFile: string
  readonly directory: string
  version = ''
  readonly #etcdUrl: string
  readonly #assets: string
  readonly #users: ReadonlyMap<string, User>
  readonly #processes: Readonly<Record<ClusterProcessName, SupervisedProcess>>
  readonly #probe: ApiServerProbe
  readonly #watchdog: Watchdog
  readonly #readyTimeoutMs: number

  constructor(
    assets: string,
    layout: flags.Layout,
    users: ReadonlyMap<string, User>,
    watchdog: Watchdog,
    options: RealClusterOptions,
  ) {
    this.url = flags.apiServerUrl(layout)
    this.caFile = join(flags.certificateDirectory(layout), 'apiserver.crt')
    this.directory = layout.directory
    this.#etcdUrl = flags.etcdUrl(layout)
    this.#assets = assets
    this.#watchdog = watchdog
    this.#readyTimeoutMs = options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS

    this.#users = users
    writeTokenFile(flags.tokenFile(layout), users.values())
    writeServiceAccountKey(flags.serviceAccountKeyFile(layout))
    this.#probe = new ApiServerProbe(this.url, this.caFile, this.adminToken)

    const launch = (name: ClusterProcessName, args: string[]): SupervisedProcess =>
      new SupervisedProcess({
        name,
        args,
        watchdog,
        command: join(assets, name),
        directory: this.directory,
        logFile: join(this.directory, `${name}.log`),
      })
    this.#processes = {
      etcd: launch('etcd', flags.etcdFlags(layout)),
      'kube-apiserver': launch('kube-apiserver', [...flags.apiServerFlags(layout), ...(options.apiServerFlags ?? [])]),
    }
  }

  get adminToken(): string {
    return this.tokenFor(ADMIN)
  }

  get kubeconfig(): string {
    return this.kubeconfigFor(ADMIN)
  }

  async start(): Promise<void> {
    await this.restart('etcd')
    await this.restart('kube-apiserver')
    this.version = await this.#probe.version()
    const certificateAuthority = readFileSync(this.caFile, 'utf8')
    for (const user of this.#users.values()) {
      writeKubeconfig(this.kubeconfigFor(user.name), { url: this.url, certificateAuthority, user })
    }
  }

  kubeconfigFor(user: string): string {
    // A user's name may hold a slash or a colon.
    return join(this.directory, `${encodeURIComponent(this.#user(user).name)}.kubeconfig`)
  }

  tokenFor(user: string): string {
    return this.#user(user).token
  }

  kubectl(args: readonly string[], options: { input?: string; user?: string } = {}): Promise<string> {
    return runKubectl(args, {
      command: join(this.#assets, 'kubectl'),
      kubeconfig: this.kubeconfigFor(options.user ?? ADMIN),
      home: this.directory,
      input: options.input,
    })
  }

  pid(which: ClusterProcessName): number | undefined {
    return this.#processes[which].pid
  }

  logFile(which: ClusterProcessName): string {
    return this.#processes[which].logFile
  }

  kill(which: ClusterProcessName): Promise<void> {
    return this.#processes[which].kill()
  }

  stop(which: ClusterProcessName): Promise<void> {
    return this.#processes[which].stop()
  }

  pause(which: ClusterProcessName): void {
    this.#processes[which].pause()
  }

  resume(which: ClusterProcessName): void {
    this.#processes[which].resume()
  }

  async restart(which: ClusterProcessName): Promise<void> {
    const process = this.#processes[which]
    await process.stop()
    await process.start()
    await this.#untilReady(process, () =>
      which === 'etcd' ? isEtcdHealthy(this.#etcdUrl) : this.#probe.isReady(),
    )
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#processes).map((process) => process.kill()))
    await this.#watchdog.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #user(name: string): User {
    const user = this.#users.get(name)
    if (!user) throw new Error(`no user ${name}: name it in startRealCluster's options`)
    return user
  }

  async #untilReady(process: SupervisedProcess, isReady: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + this.#readyTimeoutMs
    while (!(await isReady())) {
      const failure = !process.isRunning
        ? `${process.name} ended before it was ready`
        : performance.now() > deadlineMs
          ? `${process.name} was not ready within ${this.#readyTimeoutMs} ms`
          : undefined
      if (failure) throw new Error(`${failure}. The end of its log:\n${process.logTail()}`)
      await delay(POLL_INTERVAL_MS)
    }
  }
}
