import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startDemo } from '../../../shared/sandbox/demo/demo.ts'
import type { DemoElection } from '../../../shared/sandbox/demo/elections.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench } from '../support/workbench.ts'

/**
 * Several failovers with one question: of the selected rows, and of all leaders on a Node. The candidates behave as those
 * of client-go do.
 */
const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
/** Soon over. */
const QUICK = { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 }
/** The plan waits for two renewals. From then on, a failover can be undone for 25 s, until the next one. */
const SLOW = { leaseDurationMs: 75_000, renewDeadlineMs: 50_000, retryPeriodMs: 25_000 }

const election = (namespace: string, name: string, timings: typeof QUICK, replicas = 2): DemoElection => ({
  ...{ namespace, name, app: name, timings, replicas },
  ...{ lock: 'lease', pods: 'deployment', happenings: {} },
})
const SHOP = ['cart', 'orders', 'search']
const SLOW_ONES = ['alerts', 'probes', 'reports', 'traces', 'uptime', 'views']
const ELECTIONS = SHOP.map((name) => election('shop', name, QUICK, 3))
const SLOW_ELECTIONS = SLOW_ONES.map((name) => election('monitoring', name, SLOW))

let scene: AsyncDisposableStack
let sandbox: Sandbox
let window: Window

beforeAll(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  scene.use(candidates(ELECTIONS))
  const workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig(), size: { width: 1500, height: 860 } }))
  window = workbench.window
  await window.openElections()
})

afterAll(() => scene.disposeAsync())

/** Candidates of these elections, until they are disposed of. */
function candidates(elections: readonly DemoElection[]): AsyncDisposable {
  const over = new AbortController()
  const demo = startDemo({ sandbox, clock: systemClock, elections }, over.signal)
  return {
    async [Symbol.asyncDispose]() {
      over.abort()
      await demo.ended
    },
  }
}

/** The Pod that leads; empty if there is none. */
function leader({ namespace, name }: Pick<DemoElection, 'namespace' | 'name'>): string {
  const { spec } = sandbox.peek(LEASES, namespace, name) as { spec: { holderIdentity: string } }
  return spec.holderIdentity.split('_')[0]!
}

function nodeOf(namespace: string, pod: string): string | undefined {
  return (sandbox.peek('pods', namespace, pod) as { spec: { nodeName: string } } | undefined)?.spec.nodeName
}

const inShop = (name: string): string => leader({ namespace: 'shop', name })
const inMonitoring = (name: string): string => leader({ namespace: 'monitoring', name })

/** The text of the editor that is open, without alignment. */
async function editorText(): Promise<string> {
  const lines = await window.page.locator('.editor-group-container.active .view-line').allTextContents()
  return lines.map((line) => line.replaceAll(/[\u00a0 ]+/g, ' ').trim()).join('\n')
}

/** Selects these rows, and no others. */
async function select(...names: readonly string[]): Promise<void> {
  for (const name of names) await window.elections.row(name).waitFor()
  await window.elections.untilCalm()
  // The tooltip of the icon that was clicked covers rows.
  const tooltips = async (): Promise<number> => {
    await window.page.mouse.move(900, 600)
    return window.page.locator('.hover-contents').count()
  }
  await expect.poll(tooltips).toBe(0)
  const rows = (await window.elections.rows()).filter(({ label, isSelected }) => isSelected !== names.includes(label))
  for (const { label } of rows) await window.elections.row(label).locator('.label-name').click({ modifiers: ['Control'] })
}

describe('several failovers', { timeout: 240_000 }, () => {
  it('of the selected rows: one plan, one question, and a verdict for each', async () => {
    await expect.poll(() => SHOP.map(inShop)).not.toContain('')
    const before = SHOP.map(inShop)
    await select(...SHOP)
    await window.elections.openMenu('orders')
    expect((await window.menu.allTextContents()).filter((entry) => entry !== '')).toEqual(['Fail Over…'])
    await window.picture('emptying-1-menu')
    await window.chooseFromMenu('Fail Over')
    await window.answer('release 1.2')
    await window.modal.waitFor()
    await window.picture('emptying-2-plan')
    expect(await window.modal.textContent()).toContain('Fail over 3 elections in context sandbox? Leaders to move: 3')
    await window.answerModal('Fail Over')
    await expect.poll(editorText).toMatch(/lease blocked, waiting for the leader to stop: \d/)
    await window.picture('emptying-3-under-way')
    await window.notification('all leaders moved (3)').waitFor()
    await expect.poll(editorText).toMatch(/^3 .* moved to /m)
    const text = await editorText()
    for (const [index, name] of SHOP.entries()) {
      expect(inShop(name)).not.toBe(before[index])
      expect(text).toContain(`shop/${name} ${before[index]!} on `)
      expect(text).toContain(`moved to ${inShop(name)} on ${nodeOf('shop', inShop(name))!}, no leader for at most `)
    }
    await window.picture('emptying-4-verdicts')
  })

  it('are undone if the person cancels, and no other begins', async () => {
    await using _ = candidates(SLOW_ELECTIONS)
    await expect.poll(() => SLOW_ONES.map(inMonitoring)).not.toContain('')
    const before = SLOW_ONES.map(inMonitoring)
    await select(...SLOW_ONES)
    await window.elections.openMenu(SLOW_ONES[0]!)
    await window.chooseFromMenu('Fail Over')
    await window.answer('')
    await window.answerModal('Fail Over')
    await expect.poll(editorText).toMatch(/lease blocked/)
    await window.notification('Fail over 6 elections').getByText('Cancel', { exact: true }).click()
    await window.notification('moved 0 of 6 leaders').waitFor()
    expect(await window.notification('moved 0 of 6 leaders').textContent()).toContain('No other failover was started.')
    await window.picture('emptying-5-canceled')
    const count = async (verdict: RegExp): Promise<number> => [...(await editorText()).matchAll(verdict)].length
    await expect.poll(() => count(/not started$/gm)).toBe(2)
    await expect.poll(() => count(/(undone: .* is the leader again|canceled\. No changes were made\.)$/gm)).toBe(4)
    expect(SLOW_ONES.map(inMonitoring)).toEqual(before)
  })

  it('of all leaders on a node, each with a true verdict', async () => {
    const node = nodeOf('shop', inShop('cart'))!
    const onNode = ELECTIONS.filter((each) => nodeOf(each.namespace, leader(each)) === node)
    await window.elections.openTitleMenu()
    await window.picture('emptying-6-title-menu')
    await window.chooseFromMenu('Empty Node')
    await window.quickInput.getByText(node, { exact: true }).waitFor()
    await window.picture('emptying-7-nodes')
    await window.pick(node)
    await window.answer('')
    await window.modal.waitFor()
    await window.picture('emptying-8-plan')
    await window.answerModal('Fail Over')
    await window.notification(new RegExp(`the leaders on ${node} in context sandbox: all leaders moved`)).waitFor({ timeout: 150_000 })
    await window.picture('emptying-9-emptied')
    await expect.poll(editorText).not.toMatch(/under way$|waiting/m)
    const text = await editorText()
    for (const each of onNode) {
      const now = leader(each)
      expect(nodeOf(each.namespace, now)).not.toBe(node)
      expect(text).toContain(`moved to ${now} on `)
    }
  })
})
