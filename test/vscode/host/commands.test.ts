import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import { answer, no, yes } from './answers.ts'
import { plant, uproot } from './clusters.ts'
import { contextRows, electionRow, holderOf, openView, set, show } from './extension.ts'
import { until } from './until.ts'

const ELECTION = { name: 'commanded', holderIdentity: 'holder' }
const run = (name: string, ...args: readonly unknown[]): Thenable<unknown> => vscode.commands.executeCommand(`kubectlLeader.${name}`, ...args)

describe('commands', () => {
  let app: App

  before(async () => {
    app = await openView()
    await plant(ELECTION)
    await show(app, 'sandbox')
  })

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await uproot(ELECTION)
    await set({ contexts: undefined })
  })

  for (const { command, copied } of [
    { command: 'copyName', copied: 'commanded' },
    { command: 'copyHolder', copied: 'holder' },
  ]) {
    it(`${command} copies it`, async () => {
      await run(command, await electionRow(app, ELECTION.name))
      assert.equal(await vscode.env.clipboard.readText(), copied)
    })
  }

  it('timeline opens a panel beside the documents', async () => {
    await run('timeline', await electionRow(app, ELECTION.name))
    const inputs = (): unknown[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ input }) => input))
    await until(inputs, (open) => open.some((input) => input instanceof vscode.TabInputWebview))
  })

  it('keepWatching and stopKeepingWatch pin a context', async () => {
    const [context] = await contextRows(app)
    const value = (): string => app.tree.getTreeItem(context!).contextValue ?? ''
    await run('keepWatching', context)
    assert.match(value(), /^context;pinned/)
    await run('stopKeepingWatch', context)
    assert.match(value(), /^context;unpinned/)
  })

  it('release releases a lease whose holder is gone', async () => {
    const abandoned = { name: 'abandoned', holderIdentity: 'gone', leaseDurationSeconds: 1 }
    await plant(abandoned)
    const row = await electionRow(app, abandoned.name)
    using asked = answer({ showWarningMessage: yes, showInformationMessage: no, showErrorMessage: no })
    await run('release', row)
    assert.match(asked.texts.at(-1)!, /^Lease of default\/abandoned in context sandbox released\. The previous holder was gone\./)
    await until(() => holderOf(row), (holder) => holder === '')
    await uproot(abandoned)
  })

  it('release changes nothing if the person cancels', async () => {
    const row = await electionRow(app, ELECTION.name)
    using _ = answer({ showWarningMessage: no })
    await run('release', row)
    assert.equal(holderOf(row), ELECTION.holderIdentity)
  })

  it('show an error instead of failing', async () => {
    const row = await electionRow(app, ELECTION.name)
    await uproot(ELECTION)
    await until(() => row.handle.read(), (view) => view === undefined)
    using asked = answer({ showErrorMessage: no })
    await run('copyHolder', row)
    await plant(ELECTION)
    assert.deepEqual(asked.texts, ['default/commanded in context sandbox: The election no longer exists.'])
  })

  it('trySandbox shows a sandbox in addition to the contexts, and stopSandbox removes it', async () => {
    const names = async (): Promise<string[]> => (await contextRows(app)).map(({ session }) => `${session.name} ${session.isSandbox}`)
    await run('trySandbox')
    await until(names, (found) => found.join() === 'sandbox false,sandbox true')
    await run('stopSandbox')
    await until(names, (found) => found.join() === 'sandbox false')
  })
})
