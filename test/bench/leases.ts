import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'

/** Connects as the administrator of a cluster. */
export function connectTo(kubeconfig: string): Promise<ApiClient> {
  return connect({ kubeconfig }, { env: {}, clock: systemClock, version: 'bench' })
}

/** Creates leases `bench-FROM` up to `bench-TO` over ten namespaces, as client-go would have written them. */
export async function createLeases(client: ApiClient, from: number, to: number): Promise<void> {
  const namespaces = Array.from({ length: 10 }, (_, index) => `bench-${index}`)
  if (from === 0) {
    for (const name of namespaces) await post(client, '/api/v1/namespaces', { metadata: { name } })
  }
  let next = from
  const work = async (): Promise<void> => {
    while (next < to) {
      const index = next++
      const namespace = namespaces[index % namespaces.length]!
      const now = new Date().toISOString().replace('Z', '000Z')
      await post(client, `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, {
        metadata: { name: `bench-${index}` },
        spec: {
          holderIdentity: `bench-${index}-7d4b9c6f5d-x2x${index % 10}k_4d1c1b0e-7a39-4f0e-9b43-${String(index).padStart(12, '0')}`,
          leaseDurationSeconds: 15,
          acquireTime: now,
          renewTime: now,
          leaseTransitions: index % 7,
        },
      })
    }
  }
  await Promise.all(Array.from({ length: 32 }, work))
}

function post(client: ApiClient, path: string, body: unknown): Promise<unknown> {
  return client.request({ method: 'POST', path, body, subject: { verb: 'create' } })
}
