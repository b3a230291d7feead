import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { clusterLock } from '../../shared/locks/lock-address.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { describeLock } from './conformance.ts'

for (const lock of ['lease', 'configmap', 'endpoints'] satisfies LockKind[]) {
  describeLock(`a ${lock} in a real cluster`, { tellsDeletions: true, acknowledges: true }, async () => {
    const cluster = await startRealCluster()
    const client: ApiClient = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
    return {
      lock: (name) => clusterLock(client, { lock, namespace: 'default', name }),
      async remove(name) {
        await cluster.kubectl(['delete', lock, name])
      },
      async close() {
        client.close()
        await cluster.close()
      },
    }
  })
}
