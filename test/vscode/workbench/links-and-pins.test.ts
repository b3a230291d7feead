import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { RenewedLeases } from '../support/renewed-leases.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

let scene: AsyncDisposableStack
let sandbox: Sandbox
let leases: RenewedLeases
let proxy: TcpProxy
let workbench: Workbench
let window: Window

const clipboard = (): Promise<string> => window.page.evaluate<string>('navigator.clipboard.readText()')

/** The contexts `one` and `two` of the same cluster, behind the proxy. The first is the current one. */
function kubeconfig(): object {
  const direct = JSON.stringify(sandbox.kubeconfig({ contextName: 'one' }))
  const one = JSON.parse(direct.replaceAll(`:${new URL(sandbox.url).port}`, `:${proxy.port}`)) as { readonly contexts: readonly object[] }
  return { ...one, contexts: [...one.contexts, { ...one.contexts[0], name: 'two' }] }
}

beforeAll(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  leases = scene.use(new RenewedLeases({ sandbox, namespaces: { shop: 5, stock: 5 } }))
  proxy = scene.use(await TcpProxy.open(Number(new URL(sandbox.url).port)))
  workbench = scene.use(await openWorkbench({ extensions, kubeconfig: kubeconfig() }))
  window = workbench.window
})

afterAll(() => scene.disposeAsync())

/** Opens a link as VS Code does, which asks the person first. */
async function openLink(query: Readonly<Record<string, string>>, path = 'election'): Promise<void> {
  await window.command('Developer: Open URL')
  await window.answer(`code-oss://kubectl-leader.kubectl-leader/${path}?${new URLSearchParams(query).toString()}`)
  // The extension may ask next, in a modal of its own.
  await window.modal.locator('.monaco-button', { hasText: 'Open' }).first().click()
}

it('shows the election that a link names, before the view was ever opened', async () => {
  await openLink({ context: 'one', namespace: 'stock', name: 'election-0003' })
  await expect.poll(async () => (await window.elections.rows()).filter(({ isSelected }) => isSelected).map(({ label }) => label)).toEqual(['election-0003'])
  await window.picture('link-revealed')
})

it('copies a link that names the election', async () => {
  await window.elections.openMenu('stock')
  await window.page.keyboard.press('Escape')
  await window.elections.pane.locator('.monaco-list-row', { hasText: 'election-0003' }).last().locator('.label-name').click({ button: 'right' })
  await window.chooseFromMenu('Copy Link')
  await expect.poll(clipboard).toMatch(/^[a-z-]+:\/\/kubectl-leader\.kubectl-leader\/election\?context=one&namespace=(shop|stock)&name=election-0003$/)
})

it.each([
  ['an unknown context', { context: 'nowhere', namespace: 'shop', name: 'election-0001' }, 'The link names the context nowhere, which your kubeconfig does not have.'],
  ['a path in a name', { context: 'one', namespace: 'shop', name: '../../secrets/x' }, 'The link does not name an election.'],
  ['no such election', { context: 'one', namespace: 'shop', name: 'missing' }, 'There is no election shop/missing in context one.'],
])('says what is wrong with a link: %s', async (_, query, text) => {
  await window.command('Notifications: Clear All Notifications')
  await openLink(query)
  await window.notification(text).waitFor()
})

it('asks before a link shows a context that was not shown', async () => {
  await openLink({ context: 'two', namespace: 'shop', name: 'election-0001' })
  await expect.poll(() => window.modal.textContent()).toContain('shop/election-0001 in context two')
  await window.picture('link-asks')
  await window.page.keyboard.press('Escape')
  await window.modal.waitFor({ state: 'hidden' })
  expect(await window.elections.find('two')).toBeUndefined()
  await openLink({ context: 'two', namespace: 'shop', name: 'election-0001' })
  await window.answerModal('Show Context')
  await window.elections.row('two').waitFor()
  await window.elections.openMenu('two')
  await window.chooseFromMenu('Hide Context')
  await window.elections.row('two').waitFor({ state: 'hidden' })
})

it('keeps pins and the filter when the window is reloaded', async () => {
  await window.command('Leader Elections: Filter Elections')
  await window.answer('stock')
  await window.elections.row('shop').waitFor({ state: 'hidden' })
  await window.elections.openMenu('election-0004')
  await window.chooseFromMenu('Pin Election')
  await window.notification('Notifications about pinned elections are off.').getByText('Turn On Notifications').click()
  // A window that is reloaded before VS Code has saved a setting loses it.
  await expect.poll(() => readFileSync(join(workbench.profile.userData, 'User/settings.json'), 'utf8')).toContain('"kubectlLeader.notifications"')
  const first = async (): Promise<string> => {
    const found = (await window.elections.rows()).find(({ label }) => label.startsWith('election-'))
    return `${found?.label} ${found?.description}`
  }
  await expect.poll(first).toMatch(/^election-0004 .* · pinned$/)
  await window.picture('pinned')
  await window.reload()
  await window.openElections()
  await expect.poll(first).toMatch(/^election-0004 .* · pinned$/)
  await expect.poll(() => window.elections.pane.locator('.message').textContent()).toContain('stock')
})

it('notifies of a pinned election while the view is hidden', async () => {
  await window.openExplorer()
  leases.handOver('stock', 'election-0004', 'another')
  await window.notification(/Leadership of stock\/election-0004 in context one moved from .* to another/).waitFor()
  await window.picture('pinned-notification')
})

it('notifies of what happened to it while the API server could not be reached', async () => {
  proxy.cut()
  // Until the connection is given up, so that another one takes its place.
  await window.openElections()
  await expect.poll(async () => (await window.elections.find('one'))?.description).toMatch(/^stale since/)
  await window.page.waitForTimeout(12_000)
  leases.handOver('stock', 'election-0004', 'third')
  proxy.heal()
  await window.notification(/Leadership of stock\/election-0004 in context one moved from another to third/).waitFor()
  await window.picture('pinned-outage')
})

it('logs connections and errors', async () => {
  await window.command('Leader Elections: Show Log')
  const log = async (): Promise<string> => ((await window.page.locator('.part.panel .view-lines').first().textContent()) ?? '').replaceAll('\u00a0', ' ')
  await expect.poll(log).toMatch(/\[info\] Context one: (watching|connecting)/)
  await window.picture('log')
})
