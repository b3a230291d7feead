import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { visited } from './connections.ts'

describe('the network', () => {
  // The last of the suites: all that the others did counts.
  it('is used for the API servers of the kubeconfigs alone, over all suites', () => {
    const addresses = [...visited()]
    assert.notEqual(addresses.length, 0)
    assert.deepEqual(addresses.filter((address) => !address.startsWith('127.0.0.1:')), [])
  })
})
