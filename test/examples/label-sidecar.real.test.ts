import { expect, it } from 'vitest'
import { startRealCluster } from '../support/real-cluster.ts'
import { readmeCommand, Terminal } from './terminal.ts'

it('the label follows the leader from Pod to Pod', async () => {
  await using cluster = await startRealCluster()
  const pod = (name: string): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false } })
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod('web-0'), pod('web-1')] }) })
  const labeled = async (): Promise<string> => (await cluster.kubectl(['get', 'pods', '-l', 'example.com/leader=true,app=web', '-o', 'name'])).trim()
  const env = { KUBECONFIG: cluster.kubeconfig }
  const first = new Terminal(readmeCommand('label-sidecar', '--pod=web-0'), env)
  await first.printed('Pod web-0')
  expect(await labeled()).toBe('pod/web-0')
  const second = new Terminal(readmeCommand('label-sidecar', '--pod=web-1'), env)
  try {
    await second.printed('new-leader')
    await first.interrupt()
    await second.printed('Pod web-1')
    expect(await labeled()).toBe('pod/web-1')
  } finally {
    await Promise.all([first.kill(), second.kill()])
  }
})
