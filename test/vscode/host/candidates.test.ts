import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import type { ElectionRow } from '../../../extension/tree/rows.ts'
import { answer, first, no } from './answers.ts'
import { sandbox, stand, uproot } from './clusters.ts'
import { below, electionRow, holderOf, openView, show } from './extension.ts'
import { until } from './until.ts'

/** The candidates of elections: which one to hand over to, a draw if its identity is not known, and coordinated elections. */
const PODS = ['a', 'b', 'c'].map((letter) => `picked-6c8d7f5b9-${letter}x2k9`)
const [KNOWN, ...OTHERS] = PODS.map((pod) => `${pod}_0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`) as [string, string, string]
const podOf = (identity: string): string => identity.split('_')[0]!

interface Item {
  readonly label: string
  readonly description?: string
  readonly detail?: string
}

describe('a candidate to move leadership to', () => {
  let app: App
  let row: ElectionRow
  let running: AsyncDisposable

  before(async () => {
    app = await openView()
    const server = await sandbox()
    server.plant('nodes', { metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'zone-1' } }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    for (const pod of PODS) {
      server.plant('pods', {
        metadata: {
          ...{ namespace: 'default', name: pod, uid: `uid-of-${pod}`, creationTimestamp: '2020-01-01T00:00:00Z' },
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'picked-6c8d7f5b9', uid: 'uid-of-picked', controller: true }],
        },
        spec: { nodeName: 'node-1', containers: [{ name: 'main' }] },
        status: {
          ...{ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
          containerStatuses: [{ name: 'main', ready: true, restartCount: 0, state: { running: { startedAt: '2020-01-01T00:00:00Z' } } }],
        },
      })
    }
    const ledAt = new Date().toISOString()
    server.plant('events', {
      metadata: { namespace: 'default', name: 'picked.led' },
      involvedObject: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'picked' },
      ...{ type: 'Normal', reason: 'LeaderElection', message: `${KNOWN} became leader`, count: 1, firstTimestamp: ledAt, lastTimestamp: ledAt },
    })
    await show(app, 'sandbox')
    // The one whose identity an Event tells does not lead at first.
    running = await stand('sandbox', 'picked', OTHERS)
    row = await electionRow(app, 'picked')
    await until(() => holderOf(row), (holder) => OTHERS.includes(holder))
    const known = await stand('sandbox', 'picked', [KNOWN])
    const others = running
    running = {
      async [Symbol.asyncDispose]() {
        await Promise.all([others[Symbol.asyncDispose](), known[Symbol.asyncDispose]()])
      },
    }
  })

  after(async () => {
    await running[Symbol.asyncDispose]()
    await uproot({ name: 'picked' })
    const server = await sandbox()
    for (const pod of PODS) server.uproot('pods', 'default', pod)
    server.uproot('events', 'default', 'picked.led')
    server.uproot('nodes', '', 'node-1')
  })

  /** By the lease itself, because the tree learns of a change a little later. */
  const leader = async (): Promise<string> =>
    ((await sandbox()).peek('leases.coordination.k8s.io', 'default', 'picked') as { readonly spec: { readonly holderIdentity: string } }).spec.holderIdentity

  /** Fails over to the candidate in this Pod, with `Plan Several Tries` and `Fail Over` as the answers. */
  async function moveTo(pod: string): Promise<{ readonly items: readonly Item[]; readonly texts: readonly string[] }> {
    let items: readonly Item[] = []
    const pick = (asked: unknown): Item | undefined => {
      items = asked as readonly Item[]
      return items.find(({ label }) => label === pod)
    }
    using asked = answer({ showQuickPick: pick, showInputBox: () => '', showWarningMessage: first, showInformationMessage: no, showErrorMessage: no })
    await vscode.commands.executeCommand('kubectlLeader.failOver', row)
    return { items, texts: asked.texts }
  }

  it('is drawn if its identity is not known: the person is told what that means, and the verdict is true', async () => {
    const from = await leader()
    const [wanted] = OTHERS.filter((identity) => identity !== from)
    const { items, texts } = await moveTo(podOf(wanted!))
    const [anyone, ...offered] = items
    assert.equal(anyone!.label, 'The first candidate to acquire the lease')
    assert.deepEqual(offered.map(({ label, description }) => [label, description]).toSorted(), [
      [podOf(KNOWN), 'node-1, zone-1, ready'],
      [podOf(wanted!), 'node-1, zone-1, ready'],
    ])
    assert.match(offered.find(({ label }) => label === podOf(KNOWN))!.detail!, /^identity known from the Event about its last term as the leader · last led /)
    assert.equal(offered.find(({ label }) => label === podOf(wanted!))!.detail, 'identity not known until it has led')
    assert.ok(texts.some((text) => text.startsWith(`The holder identity of ${podOf(wanted!)} is not known`)), texts.join('\n'))
    const plan = texts.find((text) => text.startsWith('Fail over default/picked in context sandbox?'))!
    assert.ok(plan.includes(`so the new leader is left to chance. The first candidate to acquire the lease becomes the leader. Wanted: ${podOf(wanted!)}`), plan)
    assert.ok(plan.includes('At most 3 tries.'), plan)
    const now = await leader()
    const verdict = now === wanted ? `moved to ${podOf(now)}.` : `moved to ${podOf(now)}, not to the candidate that you chose.`
    assert.ok(texts.at(-1)!.includes(verdict), `${verdict}\n${texts.at(-1)!}`)
  })

  it('gets the lease if its identity is known', async () => {
    // The draw may have ended there.
    if ((await leader()) === KNOWN) {
      using _ = answer({ showQuickPick: (items: unknown) => (items as readonly unknown[])[0], showInputBox: () => '', showWarningMessage: first, showInformationMessage: no })
      await vscode.commands.executeCommand('kubectlLeader.failOver', row)
    }
    const { texts } = await moveTo(podOf(KNOWN))
    const plan = texts.find((text) => text.startsWith('Fail over default/picked in context sandbox?'))!
    assert.ok(plan.includes(`New leader: ${KNOWN}`), plan)
    assert.ok(texts.at(-1)!.includes(`moved to ${podOf(KNOWN)}.`), texts.at(-1))
    assert.equal(await leader(), KNOWN)
  })
})

describe('a coordinated election', () => {
  const CANDIDATES = [
    { name: 'coordinated-a', emulationVersion: '1.34.0' },
    { name: 'coordinated-b', emulationVersion: '1.33.0' },
  ]
  let app: App

  before(async () => {
    app = await openView()
    const server = await sandbox()
    const now = new Date().toISOString().replace('Z', '000Z')
    server.plant('leases.coordination.k8s.io', {
      metadata: { namespace: 'default', name: 'coordinated' },
      spec: { holderIdentity: 'coordinated-a', leaseDurationSeconds: 3_600, leaseTransitions: 1, acquireTime: now, renewTime: now, strategy: 'OldestEmulationVersion' },
    })
    for (const { name, emulationVersion } of CANDIDATES) {
      server.plant('leasecandidates.coordination.k8s.io', {
        metadata: { namespace: 'default', name },
        spec: { leaseName: 'coordinated', binaryVersion: '1.34.0', emulationVersion, strategy: 'OldestEmulationVersion', renewTime: now },
      })
    }
    await show(app, 'sandbox')
  })

  after(async () => {
    await uproot({ name: 'coordinated' })
    const server = await sandbox()
    for (const { name } of CANDIDATES) server.uproot('leasecandidates.coordination.k8s.io', 'default', name)
  })

  it('shows its strategy, its LeaseCandidates, and whom the API server would choose', async () => {
    const details = await below(app, await electionRow(app, 'coordinated'))
    const told = details.flatMap((row) => (row.kind === 'detail' ? [`${row.label}: ${row.value}`] : []))
    assert.ok(told.includes('Strategy: OldestEmulationVersion'), told.join('\n'))
    assert.ok(told.includes('The API server would choose: coordinated-b (the oldest emulation version)'), told.join('\n'))
    const candidate = told.find((text) => text.startsWith('Candidate: coordinated-b'))
    assert.match(candidate ?? '', /identity known from its LeaseCandidate · version 1\.34\.0, emulates 1\.33\.0 · strategy OldestEmulationVersion · pinged never, renewed /)
  })

  it('cannot be moved, and the person is told why', async () => {
    using asked = answer({ showQuickPick: (items: unknown) => (items as readonly unknown[])[0], showInputBox: () => '', showWarningMessage: no, showErrorMessage: no })
    await vscode.commands.executeCommand('kubectlLeader.failOver', await electionRow(app, 'coordinated'))
    assert.match(asked.texts.at(-1)!, /the API server chooses the leader from the LeaseCandidates/)
  })
})
