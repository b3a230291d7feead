import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import type { ElectionRow } from '../../../extension/tree/rows.ts'
import { answer, first, no } from './answers.ts'
import { CONTEXTS, stand, uproot } from './clusters.ts'
import { electionRow, holderOf, openView, set, show } from './extension.ts'
import { until } from './until.ts'

const CANDIDATES = ['candidate-a', 'candidate-b']
/** The first candidate to acquire the lease, and no reason. */
const WISH = { showQuickPick: (items: unknown) => (items as readonly unknown[])[0], showInputBox: () => '' }

for (const context of CONTEXTS) {
  describe(`fail over, in the context ${context}`, () => {
    let app: App
    let row: ElectionRow
    let candidates: AsyncDisposable

    beforeEach(async () => {
      app = await openView()
      await show(app, context)
      candidates = await stand(context, 'worker', CANDIDATES)
      row = await electionRow(app, 'worker')
      await until(() => holderOf(row), (holder) => CANDIDATES.includes(holder))
    })

    afterEach(async () => {
      await candidates[Symbol.asyncDispose]()
      await uproot({ name: 'worker' })
      await set({ contexts: undefined })
    })

    it('shows the plan, moves leadership to the other candidate, and shows the result', async () => {
      const from = holderOf(row)
      const [to] = CANDIDATES.filter((candidate) => candidate !== from)
      using asked = answer({ ...WISH, showWarningMessage: first, showInformationMessage: no, showErrorMessage: no })
      await vscode.commands.executeCommand('kubectlLeader.failOver', row)
      const question = asked.texts.find((text) => text.startsWith(`Fail over default/worker in context ${context}?`))
      assert.match(question!, new RegExp(`Current leader: ${from}`))
      assert.match(asked.texts.at(-1)!, new RegExp(`^Leadership of default/worker in context ${context} moved to ${to}\\.`))
      await until(() => holderOf(row), (holder) => holder === to)
    })

    it('does nothing if the person cancels', async () => {
      const from = holderOf(row)
      const before = row.handle.read()!.election.record.leaseTransitions
      using asked = answer({ ...WISH, showWarningMessage: no, showErrorMessage: no })
      await vscode.commands.executeCommand('kubectlLeader.failOver', row)
      assert.equal(asked.texts.filter((text) => text.startsWith('Fail over')).length, 1)
      assert.match(asked.texts.at(-1)!, /^Fail over/)
      const { election } = await until(() => row.handle.read()!, (view) => view.election.record.holderIdentity !== '')
      assert.deepEqual([election.record.holderIdentity, election.record.leaseTransitions], [from, before])
    })
  })
}
