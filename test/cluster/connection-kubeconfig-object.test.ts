import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'

/** Programs that already hold a KubeConfig of @kubernetes/client-node. */
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

const connectBy = (kubeConfig: KubeConfig): Promise<ApiClient> =>
  connect({ kubeConfig }, { env: { KUBECONFIG: '/nonexistent' }, clock: systemClock, version: 'test' })

const listNamespaces = (client: ApiClient): Promise<{ items: unknown[] }> =>
  client.request({ method: 'GET', path: '/api/v1/namespaces', subject: { verb: 'list' } })

it('connect with it as with a kubeconfig', async () => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(JSON.stringify(sandbox.kubeconfig({ namespace: 'shop', contextName: 'mine' })))
  const client = await connectBy(kubeConfig)
  expect(client).toMatchObject({ contextName: 'mine', namespace: 'shop' })
  expect((await listNamespaces(client)).items.length).toBeGreaterThan(0)
})

it('connect from within a cluster, by the token file that it names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'token'), sandbox.token)
  const kubeConfig = new KubeConfig()
  const [cluster] = (sandbox.kubeconfig() as { clusters: { cluster: { server: string } }[] }).clusters
  kubeConfig.loadFromClusterAndUser(
    { name: 'inCluster', server: cluster!.cluster.server, skipTLSVerify: false },
    { name: 'inClusterUser', authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } },
  )
  expect((await listNamespaces(await connectBy(kubeConfig))).items.length).toBeGreaterThan(0)
  await rm(folder, { recursive: true })
})
