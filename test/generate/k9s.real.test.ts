import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { k9sPlugins } from '../../kubectl-plugin/generate/k9s.ts'
import { BUILT_CLI, EMPTY_HOME } from '../support/built-cli.ts'
import { realClusterAssets, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** The plugins, run as k9s runs them: with its variables replaced in the arguments. */
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-k9s-'))
const CONTEXT = `it's; touch ${folder}/injected`
let cluster: RealCluster

beforeAll(async () => {
  cluster = await startRealCluster()
  symlinkSync(join(realClusterAssets()!, 'kubectl'), join(folder, 'kubectl'))
  symlinkSync(BUILT_CLI, join(folder, 'kubectl-leader'))
  const [current] = (await cluster.kubectl(['config', 'current-context'])).split('\n')
  await cluster.kubectl(['config', 'rename-context', current!, CONTEXT])
  const spec = { holderIdentity: 'web-0_x', leaseDurationSeconds: 15, renewTime: new Date().toISOString().replace('Z', '000Z') }
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'web' }, spec }) })
})

afterAll(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true })
})

async function press(name: string): Promise<string> {
  const { command, args } = k9sPlugins().plugins[name]!
  const variables: Readonly<Record<string, string>> = { NAME: 'web', NAMESPACE: 'default', CONTEXT, KUBECONFIG: cluster.kubeconfig }
  const replaced = args.map((arg) => arg.replaceAll(/\$([A-Z]+)/g, (whole, key: string) => variables[key] ?? whole))
  const env = { PATH: `${folder}:${process.env['PATH']!}`, HOME: EMPTY_HOME, KUBECONFIG: '/nonexistent' }
  const child = spawn(command, replaced, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  if (name === 'leader-watch') child.stdout.once('data', () => setTimeout(() => child.kill('SIGINT'), 500))
  const printed = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(existsSync(join(folder, 'injected'))).toBe(false)
  return printed.join('')
}

it.each([
  ['leader-describe', /Holder:.*web-0_x/],
  ['leader-watch', /web.*web-0_x/],
  ['leader-logs', /web-0/],
  ['leader-failover', /No changes were made/],
])('%s works on a Lease', async (name, expected) => {
  expect(await press(name)).toMatch(expected)
})
