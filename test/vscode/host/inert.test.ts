import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import { LINKED_COMMANDS } from '../../../extension/tree/tooltip.ts'
import { plant, uproot } from './clusters.ts'
import { electionRow, openView, show } from './extension.ts'

/** What somebody may call themselves who may write nothing but their own lease. */
const HOSTILE = [
  '[click](command:workbench.action.terminal.new)',
  '<a href="command:workbench.action.terminal.new">click</a>',
  '![x](https://example.com/pixel.png)',
  '<img src=https://example.com/pixel.png>',
  'https://example.com/click',
  '$(beaker)',
  '`code` **bold** | cell |\n\n# heading',
  'user@example.com',
].map((holderIdentity, index) => ({ name: `hostile-${index}`, holderIdentity }))

let app: App

describe('text from the cluster', () => {
  before(async () => {
    app = await openView()
    await plant(...HOSTILE)
    await show(app, 'sandbox')
  })

  after(() => uproot(...HOSTILE))

  for (const { name, holderIdentity } of HOSTILE) {
    it(`is inert in a tooltip: ${JSON.stringify(holderIdentity)}`, async () => {
      const row = await electionRow(app, name)
      const { tooltip } = app.tree.resolveTreeItem(app.tree.getTreeItem(row), row)
      assert.ok(tooltip instanceof vscode.MarkdownString)
      assert.deepEqual(tooltip.isTrusted, { enabledCommands: LINKED_COMMANDS })
      assert.equal(tooltip.supportHtml, false)
      // The tooltip's own links, each to the election itself, are all that there is.
      const own = /\[[^[\]]+\]\(command:kubectlLeader\.\w+\?[^()[\]\s]+\)/g
      assert.ok((tooltip.value.match(own) ?? []).length >= 3)
      const html = await vscode.commands.executeCommand<string>('markdown.api.render', tooltip.value.replaceAll(own, ''))
      assert.doesNotMatch(html, /<(a|img|h1|code)\b/)
      // The icon of warnings is the extension's own.
      assert.doesNotMatch(tooltip.value.replaceAll('$(warning)', ''), /\$\(/)
      const shown = html.replaceAll(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"')
      assert.ok(shown.includes(holderIdentity.split('\n')[0]!), shown)
    })
  }

  it('is plain in a row', async () => {
    const item = app.tree.getTreeItem(await electionRow(app, 'hostile-0'))
    assert.equal(typeof item.label, 'string')
    assert.equal(typeof item.description, 'string')
  })
})
