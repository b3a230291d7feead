import type { LockKind } from '../../shared/lease/election-ref.ts'
import { clusterLock } from '../../shared/locks/lock-address.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { describeLock } from './conformance.ts'

const RESOURCES = { lease: 'leases.coordination.k8s.io', configmap: 'configmaps', endpoints: 'endpoints' } as const

for (const lock of ['lease', 'configmap', 'endpoints'] satisfies LockKind[]) {
  describeLock(`a ${lock} in the sandbox`, { tellsDeletions: true, acknowledges: true }, async () => {
    const sandbox = await startSandbox()
    const client = await connectTo(sandbox)
    return {
      lock: (name) => clusterLock(client, { lock, namespace: 'default', name }),
      async remove(name) {
        sandbox.uproot(RESOURCES[lock], 'default', name)
      },
      async close() {
        client.close()
        await sandbox.close()
      },
    }
  })
}
