import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import { plant, uproot } from './clusters.ts'
import { electionRow, openView, show } from './extension.ts'

const ELECTION = { name: 'documented', holderIdentity: 'holder\u202e\u001b[31m-of-it' }

describe('documents', () => {
  before(async () => {
    await plant(ELECTION)
    await show(await openView(), 'sandbox')
  })

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await uproot(ELECTION)
  })

  for (const { command, says } of [
    { command: 'showYaml', says: [/^kind: Lease$/m, /^ {2}name: documented$/m] },
    { command: 'describe', says: [/^name: documented$/m, /^ {2}state: held$/m] },
  ]) {
    describe(command, () => {
      let document: vscode.TextDocument

      before(async () => {
        await vscode.commands.executeCommand('workbench.action.closeAllEditors')
        await vscode.commands.executeCommand(`kubectlLeader.${command}`, await electionRow(await openView(), ELECTION.name))
        document = vscode.window.activeTextEditor!.document
      })

      it('opens YAML with the details', () => {
        assert.equal(document.languageId, 'yaml')
        for (const said of says) assert.match(document.getText(), said)
      })

      it('makes invisible characters visible', () => {
        assert.match(document.getText(), /-of-it/)
        assert.doesNotMatch(document.getText(), /[\u202e\u001b]/)
      })

      it('can only be read', async () => {
        const before = document.getText()
        await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup')
        await vscode.commands.executeCommand('type', { text: 'x' })
        await vscode.commands.executeCommand('deleteAllLeft')
        assert.equal(document.getText(), before)
        assert.equal(document.isDirty, false)
      })
    })
  }
})
