import { expect, it } from 'vitest'
import { startRealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { ACCOUNT, makePods, startSidecar } from './hand-made-pods.ts'
import { Terminal } from './terminal.ts'

it('of the Pods of the manifests, only the one of the leader answers its readiness probe', async () => {
  await using cluster = await startRealCluster({ users: [ACCOUNT] })
  const [pod1, pod2] = await makePods(cluster, 'readiness-sidecar', ['web-1', 'web-2'])
  const { ports, readinessProbe } = pod1!.spec!.containers.find(({ name }) => name === 'leader')!
  // What probe.ts asks for.
  expect(readinessProbe).toMatchObject({ httpGet: { path: '/leader', port: 'leading' }, periodSeconds: 1, failureThreshold: 1 })
  const { containerPort } = ports!.find(({ name }) => name === 'leading')!
  const [port1, port2] = (await freePorts(2)) as [number, number]
  await using kubelet = new Terminal(`npx node examples/readiness-sidecar/probe.ts ${port1} ${port2}`, {})
  const sidecar1 = startSidecar(cluster, pod1!, containerPort, port1)
  await kubelet.printed(`${port1} Ready, ${port2} not Ready`)
  const sidecar2 = startSidecar(cluster, pod2!, containerPort, port2)
  try {
    await sidecar2.printed('new-leader')
    sidecar1.kill('SIGTERM')
    await kubelet.printed(`${port1} not Ready, ${port2} Ready`)
    expect(kubelet.output).not.toContain(`${port1} Ready, ${port2} Ready`)
  } finally {
    for (const each of [sidecar1, sidecar2]) each.kill('SIGKILL')
    await Promise.all([sidecar1.finished, sidecar2.finished])
  }
})
