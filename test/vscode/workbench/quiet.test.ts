import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { RenewedLeases } from '../support/renewed-leases.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

/** So long nothing is to happen, in milliseconds: more than the kubeconfig's and the tree's longest intervals. */
const SILENCE_MS = 8_000

let scene: AsyncDisposableStack
let sandbox: Sandbox
let window: Window

beforeEach(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  scene.use(new RenewedLeases({ sandbox, namespaces: { shop: 5 } }))
  const workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig() }))
  window = workbench.window
})

afterEach(() => scene.disposeAsync())

it('sends nothing before the view is opened, and then does', async () => {
  await window.page.waitForTimeout(SILENCE_MS)
  expect(sandbox.requests.list()).toEqual([])
  await window.openElections()
  await window.elections.row('election-0001').waitFor()
  expect(sandbox.requests.total).toBeGreaterThan(0)
})

it('sends nothing while the view is hidden, and reads again when it is shown', async () => {
  await window.openElections()
  await window.elections.row('election-0001').waitFor()
  await window.openExplorer()
  const total = await window.untilSilent(() => sandbox.requests.total, SILENCE_MS)
  await window.openElections()
  await expect.poll(() => sandbox.requests.total).toBeGreaterThan(total)
})
