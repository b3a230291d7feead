import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../time/clock.ts'
import { Access, type SandboxUser } from './access.ts'
import type { Faults } from './faults.ts'
import { PodLogs } from './pod-logs.ts'
import type { RequestLog } from './request-log.ts'
import { ApiServer } from './server.ts'
import { Storage } from './storage.ts'
import { Seeds, type PlantedObject } from './seeds.ts'

export type { PlantedObject }

export type { AccessRule, SandboxUser } from './access.ts'
export type { Disposer, ErrorFault, FaultMatch, Faults } from './faults.ts'
export type { LogPlace, PodLogs } from './pod-logs.ts'
export type { LoggedRequest, RequestLog } from './request-log.ts'

export interface SandboxOptions {
  /** Default: the clocks of this machine. */
  readonly clock?: Clock
  /** How many changes of each kind of object are kept for watches and older lists; default 5,000. */
  readonly historyLimit?: number
  /** Milliseconds between the bookmarks of a watch that wants them; default one minute. */
  readonly bookmarkIntervalMs?: number
  /** Default: any free one. */
  readonly port?: number
  /** The administrator's token; default: a random one. */
  readonly token?: string
}

/** A small Kubernetes API server in this process, on loopback. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  /** The administrator's token; the administrator is called {@link ADMIN}. */
  readonly token: string
  readonly faults: Faults
  /** What was asked of it. */
  readonly requests: RequestLog
  /** Writes to the logs of its Pods' containers. Nothing is written there otherwise. */
  readonly logs: PodLogs
  /** The revision of the last change. */
  readonly revision: number
  /** A kubeconfig (also valid as JSON) for a user; by default the administrator, in the namespace `default`. */
  kubeconfig(options?: KubeconfigOptions): object
  /**
   * Stores an object as it is, past all validation: status and hostile content included. What it lacks of `metadata`
   * is made up. Replaces an object of the same name. Returns its resourceVersion.
   *
   * @param resource `pods`, `leases.coordination.k8s.io`
   */
  plant(resource: string, object: PlantedObject): string
  /** Removes an object without asking; false where there was none. */
  uproot(resource: string, namespace: string, name: string): boolean
  /** The object as it is stored, or undefined. Not to be changed. */
  peek(resource: string, namespace: string, name: string): object | undefined
  /** Adds a user, or replaces one of the same name; returns the token. Without rules nothing is allowed. */
  addUser(user: SandboxUser): string
  /** Makes a user's token invalid, like an expired one. */
  revokeToken(name: string): void
  /** Forgets the past: what was read so far is too old to watch or to continue from (410). */
  compact(): void
  /** Refuses new connections and breaks those there are; the data stays. */
  stopListening(): Promise<void>
  /** Listens again, on the same port. */
  listen(): Promise<void>
  /** Stops for good. */
  close(): Promise<void>
}

export interface KubeconfigOptions {
  readonly user?: string
  readonly namespace?: string
  readonly contextName?: string
}

/** The user who may do everything. */
export const ADMIN = 'sandbox-admin'

/** Starts an API server on loopback. Resolves once it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = options.clock ?? systemClock
  const token = options.token ?? randomBytes(16).toString('hex')
  const storage = new Storage(options.historyLimit ?? 5_000)
  const access = new Access()
  access.addAdmin(ADMIN, token)
  const seeds = new Seeds(storage, clock)
  seeds.plantNamespaces()
  const logs = new PodLogs(clock)
  const server = new ApiServer({ storage, access, clock, logs, bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000 })
  const port = await server.listen(options.port ?? 0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    token,
    faults: server.faults,
    requests: server.requests,
    logs,
    get revision() {
      return storage.revision
    },
    kubeconfig: (wanted = {}) => kubeconfigFor(url, access, wanted),
    plant: (resource, object) => seeds.plant(resource, object),
    uproot: (resource, namespace, name) => seeds.uproot(resource, namespace, name),
    peek: (resource, namespace, name) => seeds.peek(resource, namespace, name),
    addUser: (user) => access.addUser(user),
    revokeToken: (name) => access.revoke(name),
    compact: () => storage.compact(),
    stopListening: () => server.stop(),
    listen: async () => {
      await server.listen(port)
    },
    close: () => server.stop(),
  }
}

function kubeconfigFor(url: string, access: Access, options: KubeconfigOptions): object {
  const { user = ADMIN, namespace = 'default', contextName = 'sandbox' } = options
  const token = access.tokenOf(user)
  if (token === undefined) throw new Error(`The sandbox has no user ${user}, or its token was revoked.`)
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contextName,
    // The token is in the URL, because clients send none over plain HTTP: see Access.splitUrl.
    clusters: [{ name: 'sandbox', cluster: { server: `${url}/${token}` } }],
    users: [{ name: user, user: {} }],
    contexts: [{ name: contextName, context: { cluster: 'sandbox', user, namespace } }],
  }
}
