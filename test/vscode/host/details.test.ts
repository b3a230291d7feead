import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import type { DetailRow } from '../../../extension/tree/rows.ts'
import { plant, sandbox, uproot } from './clusters.ts'
import { below, electionRow, openView, show } from './extension.ts'
import { until } from './until.ts'

const ELECTION = { namespace: 'shop', name: 'detailed', holderIdentity: 'detailed-7d4f9c6b5-x2k9p' }
const POD = { namespace: 'shop', name: 'detailed-7d4f9c6b5-x2k9p' }
const REPLICA_SET = { namespace: 'shop', name: 'detailed-7d4f9c6b5' }
const OTHER = { namespace: 'shop', name: 'detailed-7d4f9c6b5-zz2zz' }

const controlledBy = (apiVersion: string, kind: string, name: string): object => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-of-${name}`, controller: true }],
})

let app: App

const run = (name: string, row: DetailRow): Thenable<unknown> => vscode.commands.executeCommand(`kubectlLeader.${name}`, row)

async function detail(label: string): Promise<DetailRow> {
  const rows = await below(app, await electionRow(app, ELECTION.name))
  const found = rows.find((row) => row.kind === 'detail' && row.label === label)
  assert.ok(found?.kind === 'detail', `There is no ${label}`)
  return found
}

describe('details of an election', () => {
  before(async () => {
    app = await openView()
    await plant(ELECTION)
    const server = await sandbox()
    server.plant('deployments.apps', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'detailed' } })
    server.plant('replicasets.apps', {
      ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
      metadata: { ...REPLICA_SET, ...controlledBy('apps/v1', 'Deployment', 'detailed') },
    })
    for (const pod of [POD, OTHER]) {
      server.plant('pods', {
        ...{ apiVersion: 'v1', kind: 'Pod' },
        metadata: {
          ...pod,
          uid: `uid-of-${pod.name}`,
          creationTimestamp: '2020-01-01T00:00:00Z',
          managedFields: [{ manager: 'kubectl' }],
          ...controlledBy('apps/v1', 'ReplicaSet', REPLICA_SET.name),
        },
        spec: { nodeName: 'node-1', containers: [{ name: 'main' }] },
        status: { phase: 'Running' },
      })
    }
    server.plant('events', {
      metadata: { namespace: 'shop', name: 'pulled' },
      involvedObject: { kind: 'Pod', ...POD },
      ...{ type: 'Normal', reason: 'Pulled', message: 'Container image already present', lastTimestamp: '2026-01-01T00:00:00Z' },
    })
    await show(app, 'sandbox')
  })

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await uproot(ELECTION)
    const server = await sandbox()
    for (const { namespace, name } of [POD, OTHER]) server.uproot('pods', namespace, name)
  })

  const opened = (): vscode.TextDocument => vscode.window.activeTextEditor!.document

  for (const { label, says } of [
    { label: 'Pod', says: [/^kind: Pod$/m, /^ {2}name: detailed-7d4f9c6b5-x2k9p$/m] },
    { label: 'Owner', says: [/^kind: Deployment$/m, /^ {2}name: detailed$/m] },
    { label: 'Candidate', says: [/^kind: Pod$/m, /^ {2}name: detailed-7d4f9c6b5-zz2zz$/m] },
  ]) {
    it(`opens the YAML of the ${label} without managed fields`, async () => {
      await run('showYaml', await detail(label))
      assert.equal(opened().languageId, 'yaml')
      for (const said of says) assert.match(opened().getText(), said)
      assert.doesNotMatch(opened().getText(), /managedFields/)
    })
  }

  it('opens the YAML of the lease from a row that names no other object', async () => {
    await run('showYaml', await detail('Holder'))
    assert.match(opened().getText(), /^kind: Lease$/m)
  })

  it('opens the Events of the Pod', async () => {
    await run('showEvents', await detail('Pod'))
    assert.match(opened().getText(), /message: Container image already present/)
  })

  it('says if the API server keeps no Events', async () => {
    await run('showEvents', await detail('Owner'))
    assert.match(opened().getText(), /^# The API server keeps no Events about Deployment\/detailed\./)
  })

  for (const { label, copied } of [
    { label: 'Holder', copied: ELECTION.holderIdentity },
    { label: 'Pod', copied: POD.name },
    { label: 'Owner', copied: 'detailed' },
    { label: 'Lease duration', copied: '1h' },
  ]) {
    it(`copies the ${label}`, async () => {
      await run('copy', await detail(label))
      assert.equal(await vscode.env.clipboard.readText(), copied)
    })
  }

  for (const { label, terminal } of [
    { label: 'Pod', terminal: 'Logs of detailed' },
    { label: 'Candidate', terminal: 'Logs of detailed-7d4f9c6b5-zz2zz' },
  ]) {
    it(`follows the log of the ${label}`, async () => {
      await run('followLogs', await detail(label))
      const found = await until(() => vscode.window.terminals.find(({ name }) => name === terminal), Boolean)
      found!.dispose()
      await until(() => vscode.window.terminals.some(({ name }) => name === terminal), (isThere) => !isThere)
    })
  }

  it('offer only what they have', async () => {
    const context = async (label: string): Promise<string | undefined> => app.tree.getTreeItem(await detail(label)).contextValue
    assert.equal(await context('Holder'), 'detail;logs')
    assert.equal(await context('Pod'), 'detail;object;logs')
    assert.equal(await context('Owner'), 'detail;object')
    assert.equal(await context('Lease duration'), 'detail')
  })
})
