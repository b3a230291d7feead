import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../extension/app.ts'
import type { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { Clusters } from '../../extension/clusters/clusters.ts'
import { KubeconfigSource } from '../../extension/clusters/kubeconfig-source.ts'
import { stopSandbox } from '../../extension/commands/sandbox.ts'
import { terminalEnvironment } from '../../extension/commands/terminal-environment.ts'
import { AllJoined } from '../../extension/joined/joined.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { Uri } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const clock = new FakeClock()

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'terminal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The clusters of a machine: with a kubeconfig of these contexts, the first of which is the current one, or in a Pod without any. */
async function clustersOf(file: string, contexts: readonly string[]): Promise<Pick<App, 'clusters' | 'source' | 'context'>> {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
  if (contexts.length > 0) {
    const kubeconfig = { 'current-context': contexts[0], contexts: contexts.map((name) => ({ name, context: { cluster: 'c', user: 'u' } })) }
    writeFileSync(file, JSON.stringify(kubeconfig))
  }
  const source = new KubeconfigSource(contexts.length > 0 ? file : undefined, { ...env, KUBECONFIG: file }, clock)
  const choice = { contexts: [], scope: { namespaces: 'all', locks: ['lease'] } } as const
  const clusters = new Clusters(source, choice, { env, clock, version: 'test', isInteractive: () => false, onPluginStderr() {} })
  await source.look()
  return { clusters, source, context: { globalStorageUri: Uri.file(join(folder, 'storage')) } as unknown as App['context'] }
}

async function environmentOf(scene: Pick<App, 'clusters' | 'source' | 'context'>, session = scene.clusters.sessions[0]!) {
  return terminalEnvironment(scene, session)
}

describe('a terminal', () => {
  it('has the context of its row, in the chosen kubeconfig', async () => {
    const file = join(folder, 'kubeconfig')
    const scene = await clustersOf(file, ['one', 'two'])
    expect(await environmentOf(scene)).toEqual({ env: { KUBECONFIG: file }, flags: ['--context', 'one'] })
  })

  it('in a Pod without a kubeconfig has no context', async () => {
    const scene = await clustersOf(join(folder, 'none'), [])
    expect(scene.clusters.sessions.map(({ name }) => name)).toEqual(['in-cluster'])
    expect(await environmentOf(scene)).toEqual({ env: {}, flags: [] })
  })

  it('has the context in-cluster if the kubeconfig has one of that name', async () => {
    const scene = await clustersOf(join(folder, 'kubeconfig'), ['in-cluster'])
    expect(await environmentOf(scene)).toMatchObject({ flags: ['--context', 'in-cluster'] })
  })

  it('is not opened for a stopped sandbox, because it would reach another cluster', async () => {
    const scene = await clustersOf(join(folder, 'kubeconfig'), ['sandbox'])
    scene.clusters.addSandbox({ name: 'sandbox', kubeconfig: '{}', runCandidates: () => Promise.resolve(), stop: () => Promise.resolve() })
    const session = scene.clusters.sessions.find(({ isSandbox }) => isSandbox) as ClusterSession
    scene.clusters.removeSandbox()
    await expect(environmentOf(scene, session)).rejects.toThrow('The sandbox was stopped.')
  })

  it('on the sandbox has its kubeconfig, in a file that goes with it', async () => {
    const scene = await clustersOf(join(folder, 'kubeconfig'), ['one'])
    scene.clusters.addSandbox({ name: 'sandbox', kubeconfig: '{"with":"a token"}', runCandidates: () => Promise.resolve(), stop: () => Promise.resolve() })
    const { env, flags } = await environmentOf(scene, scene.clusters.sessions.at(-1))
    expect(flags).toEqual([])
    expect(readFileSync(env['KUBECONFIG']!, 'utf8')).toBe('{"with":"a token"}')
    expect(statSync(env['KUBECONFIG']!).mode & 0o077).toBe(0)
    const app: Pick<App, 'clusters' | 'source' | 'context' | 'joined'> = { ...scene, joined: new AllJoined() }
    await stopSandbox(app)
    expect(readdirSync(join(folder, 'storage'))).toEqual([])
  })
})
