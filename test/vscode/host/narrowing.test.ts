import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import type { Row } from '../../../extension/tree/rows.ts'
import { plant, uproot } from './clusters.ts'
import { below, contextRows, electionRows, openView, set, show } from './extension.ts'
import { until } from './until.ts'

const ELECTIONS = [
  { namespace: 'shop', name: 'checkout', holderIdentity: 'checkout-a' },
  { namespace: 'stock', name: 'counter', holderIdentity: 'counter-a' },
]

let app: App

const run = (name: string, row?: Row): Thenable<unknown> => vscode.commands.executeCommand(`kubectlLeader.${name}`, row)
const names = async (): Promise<string[]> => (await electionRows(app)).map(({ handle }) => handle.name)
const shows = (...expected: string[]): Promise<string[]> => until(names, (found) => JSON.stringify(found) === JSON.stringify(expected))

async function namespaceRow(name: string): Promise<Row> {
  const [context] = await contextRows(app)
  return (await below(app, context)).find((row) => row.kind === 'group' && row.name === name)!
}

describe('menus of namespaces and contexts', () => {
  before(async () => {
    app = await openView()
    await show(app, 'sandbox')
    await plant(...ELECTIONS)
    await shows('checkout', 'counter')
  })

  afterEach(async () => {
    await set({ namespaces: undefined, hiddenNamespaces: undefined, contexts: ['sandbox'] })
    await shows('checkout', 'counter')
  })

  after(async () => {
    await uproot(...ELECTIONS)
    await set({ contexts: undefined })
  })

  it('hide a namespace, say that above the rows, and show it again', async () => {
    await run('hideNamespace', await namespaceRow('shop'))
    await shows('counter')
    await until(() => app.view.message, (message) => message === 'Hidden namespaces: shop.')
    assert.equal(app.tree.getTreeItem(await namespaceRow('stock')).contextValue, 'namespace;narrowed')
    await run('showAllNamespaces')
    await shows('checkout', 'counter')
    await until(() => app.view.message ?? '', (message) => message === '')
  })

  it('show only one namespace, which alone is watched then', async () => {
    await run('showOnlyNamespace', await namespaceRow('stock'))
    await shows('counter')
    assert.deepEqual(app.settings.namespaces, ['stock'])
    await run('showAllNamespaces')
    await shows('checkout', 'counter')
  })

  it('remove a namespace from those that the person has chosen', async () => {
    await set({ namespaces: ['shop', 'stock'] })
    await until(() => app.clusters.sessions[0]?.state.phase, (phase) => phase === 'live')
    await run('hideNamespace', await namespaceRow('shop'))
    await shows('counter')
    assert.deepEqual([app.settings.namespaces, app.settings.hiddenNamespaces], [['stock'], []])
  })

  it('hide one of several contexts, and show only one', async () => {
    const contexts = async (): Promise<string[]> => (await contextRows(app)).map(({ session }) => session.name)
    const both = async (): Promise<void> => {
      await set({ contexts: ['sandbox', 'admin'] })
      await until(contexts, (found) => found.join() === 'sandbox,admin')
    }
    await both()
    assert.match(app.tree.getTreeItem((await contextRows(app))[0]!).contextValue!, /;several$/)
    await run('hideContext', (await contextRows(app))[0])
    await until(contexts, (found) => found.join() === 'admin')
    assert.doesNotMatch(app.tree.getTreeItem((await contextRows(app))[0]!).contextValue!, /;several/)
    await both()
    await run('showOnlyContext', (await contextRows(app))[0])
    await until(contexts, (found) => found.join() === 'sandbox')
  })

  it('reconnect', async () => {
    const [context] = await contextRows(app)
    await run('reconnect', context)
    await until(() => context!.session.state.phase, (phase) => phase === 'live')
    await shows('checkout', 'counter')
  })
})
