import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as vscode from 'vscode'

describe('activation', () => {
  it('has not happened before the view is opened', () => {
    assert.equal(vscode.extensions.getExtension('kubectl-leader.kubectl-leader')?.isActive, false)
  })
})
