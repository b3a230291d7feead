import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClusterAssets, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { readmeCommand, runCommand, Terminal } from './terminal.ts'

const NAMESPACE = 'monitoring'
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:service-labeler`
const PODS = ['web-1', 'web-2']
const PATIENCE = { timeout: 60_000, interval: 100 }

let cluster: RealCluster
let labelers: Map<string, Terminal>

/** Runs the one line of the README that has these words, as the administrator. */
function admin(...words: readonly string[]): Promise<string> {
  const env = { PATH: `${realClusterAssets()!}:${process.env['PATH']!}`, KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory }
  return runCommand(readmeCommand('service-labeler', ...words), env)
}

beforeAll(async () => {
  cluster = await startRealCluster({ users: [ACCOUNT] })
  await cluster.kubectl(['create', 'namespace', NAMESPACE])
  for (const name of PODS) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(pod) })
  }
  await admin('generate rbac')
  await admin('role.yaml')
  const env = { KUBECONFIG: cluster.kubeconfigFor(ACCOUNT) }
  labelers = new Map(['a', 'b', 'c'].map((id) => [id, new Terminal(readmeCommand('service-labeler', `--id=${id}`), env)]))
})
afterAll(async () => {
  await Promise.all([...labelers.values()].map((labeler) => labeler.kill()))
  await cluster.close()
})

/** The labels' values, as the README's line shows them. */
async function labels(): Promise<string[]> {
  const rows = (await admin('get pods')).trim().split('\n').slice(1)
  return rows.map((row) => row.split(/\s+/)[5] ?? '')
}
const leaders = (): string[] =>
  [...labelers].filter(([, { output }]) => output.includes(': watching') && !output.includes('stopped leading')).map(([id]) => id)

describe('three service labelers, with the permissions of the README', () => {
  it('have one leader, which writes the time of a change to every Pod', async () => {
    await expect.poll(leaders, PATIENCE).toHaveLength(1)
    await admin('create service')
    await expect.poll(labels, PATIENCE).toEqual([expect.stringMatching(/^\d{4}-.*Z$/), expect.stringMatching(/^\d{4}-.*Z$/)])
  })

  it('continue when the leader is killed, with the changes in between', async () => {
    const [first] = leaders()
    const [before] = await labels()
    await labelers.get(first!)!.kill()
    labelers.delete(first!)
    await admin('annotate service')
    await expect.poll(leaders, PATIENCE).toHaveLength(1)
    await expect.poll(labels, PATIENCE).not.toContain(before)
  })

  it('need no other permissions', () => {
    for (const { output } of labelers.values()) expect(output).not.toMatch(/forbidden|not allowed/i)
  })
})
