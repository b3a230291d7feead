import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { AnnotationLock } from '../../shared/locks/annotation-lock.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import type { Lock } from '../../shared/locks/lock.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connectTo } from '../support/sandbox-client.ts'

const LABELS = { 'app.kubernetes.io/name': 'worker', team: 'a' }

let sandbox: Sandbox
let client: ApiClient
beforeAll(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox, { namespace: 'kube-system' })
})
afterAll(async () => {
  client.close()
  await sandbox.close()
})

async function metadataAt(path: string): Promise<unknown> {
  const found = await client.request<{ metadata: unknown }>({ method: 'GET', path, subject: { verb: 'get' } })
  return found.metadata
}

describe('the object that a lock creates', () => {
  it.each<readonly [string, () => Lock, string]>([
    ['a Lease', () => new LeaseLock(client, { name: 'worker' }, { labels: LABELS }), '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/worker'],
    ['a ConfigMap', () => new AnnotationLock(client, 'configmap', { name: 'worker' }, { labels: LABELS }), '/api/v1/namespaces/kube-system/configmaps/worker'],
  ])("%s has the labels, and is in the client's namespace by default", async (_, lock, path) => {
    const running = new LeaderElector({ lock: lock() }).start()
    await running.leading
    await running.stop()
    expect(await metadataAt(path)).toMatchObject({ namespace: 'kube-system', labels: LABELS })
  })

  it('keeps the labels that it has', async () => {
    const running = new LeaderElector({ lock: new LeaseLock(client, { name: 'worker' }, { labels: { team: 'b' } }) }).start()
    await running.leading
    await running.stop()
    expect(await metadataAt('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/worker')).toMatchObject({ labels: LABELS })
  })

  it('is not created with a label that is not valid', async () => {
    const lock = new LeaseLock(client, { name: 'other' }, { labels: { 'not a label': '' } })
    const signal = new AbortController().signal
    const record = { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: null, renewTime: null, leaseTransitions: 0, strategy: null, preferredHolder: null }
    await expect(lock.create(record, signal)).rejects.toMatchObject({ name: 'LockError', kind: 'rejected' })
  })
})
