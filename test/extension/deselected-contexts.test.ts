import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { App } from '../../extension/app.ts'
import type { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { extensionContext, settings, settingsChanged } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.stubGlobal('__VERSION__', 'test')

let sandbox: Sandbox
let folder: string
let subscriptions: { dispose(): void }[]
let app: App

/** The contexts `one` and `two` of the same cluster; the first is chosen. */
beforeEach(async () => {
  sandbox = await startSandbox()
  const kubeconfig = sandbox.kubeconfig({ contextName: 'one' }) as { readonly contexts: { readonly name: string }[] }
  kubeconfig.contexts.push({ ...kubeconfig.contexts[0]!, name: 'two' })
  folder = mkdtempSync(join(tmpdir(), 'contexts-'))
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, JSON.stringify(kubeconfig))
  Object.assign(settings, { kubeconfig: file, contexts: ['one'], namespaces: [] })
  subscriptions = []
  app = new App(extensionContext(subscriptions))
  await app.source.look()
})

afterEach(async () => {
  for (const subscription of subscriptions) subscription.dispose()
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

/** Has the context that is shown watched while the view is hidden, as it is all the time here. */
async function pinned(): Promise<ClusterSession> {
  const [session] = app.clusters.sessions
  app.pin(session!, true)
  await expect.poll(() => session!.state.phase, { timeout: 20_000 }).toBe('live')
  return session!
}

it('a context that is watched while hidden is no longer watched when another context is chosen', async () => {
  const session = await pinned()
  const stopTicking = vi.spyOn(app.tree, 'stop')
  Object.assign(settings, { contexts: ['two'] })
  settingsChanged()
  expect(session.state).toMatchObject({ phase: 'stale', error: { name: 'NotWatched' } })
  // Nothing is looked at for its sake any more.
  expect(stopTicking).toHaveBeenCalledOnce()
  expect(app.clusters.sessions).not.toContain(session)
})

it('a context that is watched while hidden is watched in the new scope when another scope is chosen', async () => {
  const session = await pinned()
  Object.assign(settings, { namespaces: ['shop'] })
  settingsChanged()
  expect(session.state).toMatchObject({ phase: 'stale', error: { name: 'NotWatched' } })
  const [next] = app.clusters.sessions
  expect(next).not.toBe(session)
  await expect.poll(() => next!.state.phase, { timeout: 20_000 }).toBe('live')
})

it('a context that is watched while hidden is still watched when another one is added', async () => {
  const session = await pinned()
  Object.assign(settings, { contexts: ['one', 'two'] })
  settingsChanged()
  expect(session.state.phase).toBe('live')
  expect(app.clusters.sessions[0]).toBe(session)
})
