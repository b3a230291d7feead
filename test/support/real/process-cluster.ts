import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { ClusterProcessName, RealCluster, RealClusterOptions } from '../real-cluster.ts'
import { ApiServerProbe, isEtcdHealthy } from './api-server-probe.ts'
import { ADMIN, writeKubeconfig, writeServiceAccountKey, writeTokenFile, type User } from './credentials.ts'
import * as flags from './flags.ts'
import { runKubectl } from './kubectl.ts'
import { SupervisedProcess } from './supervised-process.ts'
import type { Watchdog } from './watchdog.ts'

const DEFAULT_READY_TIMEOUT_MS = 120_000
const POLL_INTERVAL_MS = 100

/** {@link RealCluster} on processes of this machine. */
export class ProcessCluster implements RealCluster {
  readonly url: string
  readonly caFile: string
  readonly directory: string
  version = ''
  readonly etcdUrl: string
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
    this.etcdUrl = flags.etcdUrl(layout)
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
      which === 'etcd' ? isEtcdHealthy(this.etcdUrl) : this.#probe.isReady(),
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
