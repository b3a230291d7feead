import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import { answer } from './answers.ts'
import { plant, uproot } from './clusters.ts'
import { below, contextRows, electionRow, electionRows, openView, set, show } from './extension.ts'
import { until } from './until.ts'

const ELECTIONS = [
  { namespace: 'shop', name: 'checkout', holderIdentity: 'checkout-a' },
  { namespace: 'shop', name: 'prices', holderIdentity: 'prices-b' },
  { namespace: 'stock', name: 'counter', holderIdentity: '' },
  { namespace: 'kube-node-lease', name: 'node-1', holderIdentity: 'node-1' },
]

let app: App

/** Names of the elections that the tree has, in its order. */
const names = async (): Promise<string[]> => (await electionRows(app)).map(({ handle }) => handle.name)

/** Until the tree has these, and no others. */
const shows = (...expected: string[]): Promise<string[]> => until(names, (found) => JSON.stringify(found) === JSON.stringify(expected))

describe('the tree', () => {
  before(async () => {
    app = await openView()
    await show(app, 'sandbox')
    await plant(...ELECTIONS)
    await shows('checkout', 'prices', 'counter')
  })

  afterEach(async () => {
    await vscode.commands.executeCommand('kubectlLeader.clearFilter')
    await set({ groupBy: undefined, categories: undefined, namespaces: undefined })
    await shows('checkout', 'prices', 'counter')
  })

  after(() => uproot(...ELECTIONS))

  it('has elections in namespaces in contexts', async () => {
    const [context] = await contextRows(app)
    assert.equal(app.tree.getTreeItem(context!).label, 'sandbox')
    const groups = await below(app, context)
    assert.deepEqual(groups.map((group) => app.tree.getTreeItem(group).label), ['shop', 'stock'])
    const elections = await below(app, groups[0])
    assert.deepEqual(elections.map((election) => app.tree.getTreeItem(election).label), ['checkout', 'prices'])
  })

  it('shows the holder and the transitions of an election', async () => {
    const item = app.tree.getTreeItem(await electionRow(app, 'checkout'))
    assert.match(String(item.description), /a {2}↻3$/)
  })

  it('has details below an election', async () => {
    const details = await below(app, await electionRow(app, 'checkout'))
    const said = details.map((row) => (row.kind === 'detail' ? `${row.label}: ${row.value}` : row.kind))
    assert.ok(said.includes('Holder: checkout-a'), said.join('\n'))
    assert.ok(said.includes('Lease duration: 1h'), said.join('\n'))
  })

  it('knows the parent of each row, which revealing it needs', async () => {
    const row = await electionRow(app, 'checkout')
    const group = app.tree.getParent(row)!
    assert.equal(app.tree.getTreeItem(group).label, 'shop')
    assert.deepEqual(app.tree.getParent(group), (await contextRows(app))[0])
  })

  for (const { text, found } of [
    { text: 'CHECK', found: ['checkout'] },
    { text: 'stock', found: ['counter'] },
    { text: 'prices-b', found: ['prices'] },
    { text: 'released', found: ['counter'] },
    { text: 'nothing like it', found: [] },
  ]) {
    it(`is filtered by "${text}" to ${found.join() || 'nothing'}`, async () => {
      using _ = answer({ showInputBox: () => text })
      await vscode.commands.executeCommand('kubectlLeader.filter')
      await shows(...found)
    })
  }

  for (const { label, groups } of [
    { label: 'By namespace', groups: ['shop', 'stock'] },
    { label: 'By state', groups: ['released', 'held'] },
    { label: 'No grouping', groups: ['counter', 'checkout', 'prices'].sort() },
  ]) {
    it(`is grouped "${label}" on request`, async () => {
      using _ = answer({ showQuickPick: (items) => (items as vscode.QuickPickItem[]).find((item) => item.label === label) })
      await vscode.commands.executeCommand('kubectlLeader.groupBy')
      const labels = async (): Promise<unknown[]> =>
        (await below(app, (await contextRows(app))[0])).map((row) => app.tree.getTreeItem(row).label)
      const read = await until(labels, (found) => found.length === groups.length && groups.every((group) => found.includes(group)))
      if (label === 'By state') assert.deepEqual(read, groups)
    })
  }

  it('shows node heartbeats on request', async () => {
    using _ = answer({ showQuickPick: (items) => (items as vscode.QuickPickItem[]).filter(({ label }) => /^Node heartbeats$/.test(label)) })
    await vscode.commands.executeCommand('kubectlLeader.chooseCategories')
    await shows('node-1')
  })

  it('shows the namespaces that the person chooses, and no others', async () => {
    using _ = answer({ showInputBox: () => 'stock' })
    await vscode.commands.executeCommand('kubectlLeader.chooseNamespaces')
    await shows('counter')
  })

  it('shows several contexts at once, and the current one if none is chosen', async () => {
    const contexts = async (): Promise<string[]> => (await contextRows(app)).map(({ session }) => session.name)
    await set({ contexts: ['sandbox', 'admin'] })
    await until(contexts, (found) => found.join() === 'sandbox,admin')
    await set({ contexts: undefined })
    await until(contexts, (found) => found.join() === 'sandbox')
  })
})
