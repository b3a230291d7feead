import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { ElectionEventInfo, ElectionInfo, LeaderElectionsApi } from '../../../extension/api.ts'
import { answer, no, yes } from './answers.ts'
import { plant, uproot } from './clusters.ts'
import { openView, show } from './extension.ts'
import { until } from './until.ts'

const PLACE = { namespace: 'default', name: 'exported' }
const ELECTION = { ...PLACE, holderIdentity: '', leaseDurationSeconds: 15 }

/** What the extension of another publisher does with what this one exports. */
interface ApiUser extends Pick<LeaderElectionsApi, 'version' | 'elections' | 'join'> {
  readonly events: readonly ElectionEventInfo[]
  stop(): void
}

let user: ApiUser

async function election(): Promise<ElectionInfo | undefined> {
  return (await user.elections()).find(({ name }) => name === PLACE.name)
}

describe('another extension', () => {
  before(async () => {
    await show(await openView(), 'sandbox')
    await plant(ELECTION)
    user = await vscode.extensions.getExtension<ApiUser>('test.api-user')!.activate()
  })

  after(async () => {
    user.stop()
    await uproot(ELECTION)
  })

  it('reads the elections', async () => {
    assert.equal(user.version, 1)
    const found = await until(election, Boolean)
    const { acquireTime, renewTime, basis, ...rest } = found!
    assert.deepEqual(rest, {
      ...{ context: 'sandbox', lock: 'lease', ...PLACE, category: 'election' },
      ...{ holderIdentity: '', leaseDurationSeconds: 15, leaseTransitions: 3, state: 'released' },
    })
    assert.match(`${acquireTime} ${renewTime}`, /^\d{4}-\S+Z \d{4}-\S+Z$/)
    assert.match(basis, /^(observed|recorded)$/)
  })

  it('joins an election only if the person agrees', async () => {
    using asked = answer({ showWarningMessage: no })
    assert.equal(await user.join({ context: 'sandbox', ...PLACE }), undefined)
    assert.match(asked.texts[0]!, /^Join default\/exported in context sandbox\?/)
    assert.equal((await election())?.holderIdentity, '')
  })

  it('joins an election, leads and leaves, and hears of it', async () => {
    using _ = answer({ showWarningMessage: yes, showInformationMessage: no })
    const joined = await user.join({ context: 'sandbox', ...PLACE })
    assert.ok(joined)
    await until(() => joined.isLeading, Boolean)
    assert.equal((await election())?.holderIdentity, joined.identity)
    await joined.leave()
    const told = (): string[] => user.events.filter(({ election: { name } }) => name === PLACE.name).map(({ type }) => type)
    await until(told, (types) => types.includes('acquired') && types.includes('released'))
    assert.ok(!told().includes('renewed'))
  })

  it('cannot join in a context that is not shown', async () => {
    await assert.rejects(user.join({ context: 'elsewhere', ...PLACE }), /The context elsewhere is not shown\./)
  })
})
