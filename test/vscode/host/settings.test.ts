import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import { plant, sandbox, uproot } from './clusters.ts'
import { electionRow, extension, openView, set, show } from './extension.ts'
import { hostScene } from './scene.ts'
import { until } from './until.ts'

const ELECTION = { name: 'settled', holderIdentity: 'somebody' }

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope: string; readonly default: unknown }>> } }
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: unknown; readonly restrictedConfigurations: readonly string[] } }
}

describe('settings', () => {
  let app: App

  const contexts = (): string[] => app.clusters.sessions.map(({ name, state }) => `${name} ${state.phase}`)

  const reset = (): Promise<void> => set({ kubeconfig: undefined, contexts: undefined })

  before(async () => {
    app = await openView()
    await reset()
    await plant(ELECTION)
  })

  afterEach(reset)

  after(() => uproot(ELECTION))

  it('have the defaults that package.json says', () => {
    const { properties } = (extension().packageJSON as Manifest).contributes.configuration
    for (const [name, { default: value }] of Object.entries(properties)) {
      assert.deepEqual(vscode.workspace.getConfiguration().get(name), value, name)
    }
  })

  it('are restricted in an untrusted workspace if they choose a cluster or a command', () => {
    const { supported, restrictedConfigurations } = (extension().packageJSON as Manifest).capabilities.untrustedWorkspaces
    assert.equal(supported, 'limited')
    assert.deepEqual(restrictedConfigurations, ['kubectlLeader.kubeconfig', 'kubectlLeader.contexts', 'kubectlLeader.joinCommand', 'kubectlLeader.maxHold'])
  })

  it('choose the kubeconfig', async () => {
    const file = join(dirname(hostScene().kubeconfig), 'other')
    writeFileSync(file, JSON.stringify((await sandbox()).kubeconfig({ contextName: 'elsewhere' })))
    await set({ kubeconfig: file })
    await until(contexts, (found) => found.join() === 'elsewhere live')
    await electionRow(app, ELECTION.name)
    await set({ kubeconfig: undefined })
    await until(contexts, (found) => found.join() === 'sandbox live')
  })

  it('leave the kubeconfig to the Kubernetes extension if they choose none', async () => {
    const file = join(dirname(hostScene().kubeconfig), 'theirs')
    writeFileSync(file, JSON.stringify((await sandbox()).kubeconfig({ contextName: 'theirs' })))
    const choose = (theirs: object | undefined): Thenable<void> =>
      vscode.workspace.getConfiguration().update('vs-kubernetes', theirs, vscode.ConfigurationTarget.Global)
    await choose({ 'vs-kubernetes.kubeconfig': file })
    await until(contexts, (found) => found.join() === 'theirs live')
    await choose(undefined)
    await until(contexts, (found) => found.join() === 'sandbox live')
  })

  it('follow the kubeconfig when it is rewritten', async () => {
    await show(app, 'sandbox')
    await set({ contexts: undefined })
    const { kubeconfig } = hostScene()
    const server = await sandbox()
    writeFileSync(kubeconfig, JSON.stringify(server.kubeconfig({ contextName: 'rewritten' })))
    await until(contexts, (found) => found.join() === 'rewritten live')
    writeFileSync(kubeconfig, JSON.stringify(server.kubeconfig({ contextName: 'sandbox' })))
    await until(contexts, (found) => found.join() === 'sandbox live')
  })
})
