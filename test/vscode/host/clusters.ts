import { writeFileSync } from 'node:fs'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../../shared/cluster/client.ts'
import { LeaderElector } from '../../../shared/election/elector.ts'
import { LeaseLock } from '../../../shared/locks/lease-lock.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { hostScene } from './scene.ts'

const LEASES = 'leases.coordination.k8s.io'

/** The contexts that the kubeconfigs have, the current one first: a sandbox in this process, and a real API server. */
export const CONTEXTS = ['sandbox', 'admin'] as const

export type ContextName = (typeof CONTEXTS)[number]

let started: Promise<Sandbox> | null = null

/** The sandbox behind the first context, the same for all suites; the person's kubeconfig is written with it. */
export function sandbox(): Promise<Sandbox> {
  return (started ??= startSandbox().then((server) => {
    writeFileSync(hostScene().kubeconfig, JSON.stringify(server.kubeconfig({ contextName: CONTEXTS[0] })))
    return server
  }))
}

/** A connection of its own. */
export async function connectTo(context: ContextName): Promise<ApiClient> {
  await sandbox()
  return connect({ context }, { env: process.env, clock: systemClock, version: 'test' })
}

/** What there is to say of an election that nobody takes part in. */
export interface PlantedLease {
  readonly namespace?: string
  readonly name: string
  readonly holderIdentity: string
  /** Default: one hour. */
  readonly leaseDurationSeconds?: number
}

/** Puts elections into the sandbox, as if just renewed. */
export async function plant(...leases: readonly PlantedLease[]): Promise<void> {
  const server = await sandbox()
  const now = new Date().toISOString().replace('Z', '000Z')
  for (const { namespace = 'default', name, holderIdentity, leaseDurationSeconds = 3_600 } of leases) {
    server.plant('namespaces', { metadata: { name: namespace } })
    const spec = { holderIdentity, leaseDurationSeconds, leaseTransitions: 3, acquireTime: now, renewTime: now }
    server.plant(LEASES, { metadata: { namespace, name }, spec })
  }
}

/** Takes elections out of the sandbox again. */
export async function uproot(...leases: readonly Pick<PlantedLease, 'namespace' | 'name'>[]): Promise<void> {
  const server = await sandbox()
  for (const { namespace = 'default', name } of leases) server.uproot(LEASES, namespace, name)
}

/** Candidates of this project's own elector, as the programs of others use it, that stand in an election of `default`. */
export async function stand(context: ContextName, name: string, identities: readonly string[]): Promise<AsyncDisposable> {
  const client = await connectTo(context)
  const stop = new AbortController()
  const running = identities.map((identity) =>
    new LeaderElector({
      lock: new LeaseLock(client, { namespace: 'default', name }),
      identity,
      rejoin: true,
      onStartedLeading: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    }).run(stop.signal),
  )
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.allSettled(running)
      client.close()
    },
  }
}
