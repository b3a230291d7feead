import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as vscode from 'vscode'
import { sandbox } from './clusters.ts'
import { extension, openView } from './extension.ts'

interface Contributions {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] }
}

/** Files of the extension that were loaded. */
const loaded = (): string[] =>
  Object.keys(require.cache)
    .filter((file) => file.startsWith(`${extension().extensionPath}/dist/`))
    .map((file) => file.slice(extension().extensionPath.length))
    .sort()

describe('activation', () => {
  it('has not happened before the view is opened', () => {
    assert.equal(extension().isActive, false)
    assert.deepEqual(loaded(), [])
  })

  it('happens when the view is opened, and loads no sandbox', async () => {
    await openView()
    assert.deepEqual(loaded(), ['/dist/extension.cjs', '/dist/extension/app.cjs'])
  })

  it('asks the cluster of the current context, and no other', async () => {
    assert.notEqual((await sandbox()).requests.total, 0)
  })

  it('registers every command that package.json has', async () => {
    const { contributes } = extension().packageJSON as Contributions
    const registered = new Set(await vscode.commands.getCommands(true))
    const missing = contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command))
    assert.deepEqual(missing, [])
    assert.notEqual(contributes.commands.length, 0)
  })
})
