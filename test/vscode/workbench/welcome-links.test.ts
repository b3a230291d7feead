import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

async function open(kubeconfig?: object): Promise<Workbench> {
  const workbench = await openWorkbench({ extensions, ...(kubeconfig && { kubeconfig }) })
  onTestFinished(() => workbench[Symbol.asyncDispose]())
  await workbench.window.openElections()
  return workbench
}

/** A sandbox with one election, shop/NAME. */
async function startShop(name: string): Promise<Sandbox> {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: 'shop' }, status: { phase: 'Active' } })
  sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'shop', name }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } })
  return sandbox
}

/** A kubeconfig with a context for each server; the first one is current. */
function contexts(servers: Readonly<Record<string, Sandbox>>): object {
  const parts = Object.entries(servers).map(([name, sandbox]) => {
    const { clusters, users } = sandbox.kubeconfig() as { readonly clusters: readonly [object]; readonly users: readonly [object] }
    return { name, cluster: { ...clusters[0], name }, user: { ...users[0], name }, context: { name, context: { cluster: name, user: name } } }
  })
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': parts[0]!.name,
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map(({ user }) => user),
    contexts: parts.map(({ context }) => context),
  }
}

it('gets from no kubeconfig to elections with the file dialog of its own link', async () => {
  const sandbox = await startShop('checkout')
  const { window, profile } = await open()
  const file = join(profile.folder, 'their-kubeconfig')
  writeFileSync(file, JSON.stringify(sandbox.kubeconfig({ contextName: 'theirs' })))
  await window.elections.welcome.getByText('Choose Kubeconfig', { exact: true }).click()
  await window.fileDialog()
  await window.picture('welcome-choose-kubeconfig')
  await window.enterFile(file)
  await window.quickInput.getByText('Use This Kubeconfig').click()
  await window.elections.row('checkout').waitFor()
})

it('opens the settings that have an effect, with a broken kubeconfig', async () => {
  const { window } = await open({ clusters: 'none' })
  await window.elections.welcome.getByText('Open Settings', { exact: true }).click()
  await window.page.locator('.settings-editor').waitFor()
  await expect.poll(() => window.page.locator('.settings-editor .setting-item-category', { hasText: 'Leader' }).count()).toBeGreaterThan(0)
  await window.picture('welcome-open-settings')
})

it('explains a broken kubeconfig, and shows elections as soon as it is mended', async () => {
  const sandbox = await startShop('checkout')
  const kubeconfig = sandbox.kubeconfig({ contextName: 'theirs' })
  const workbench = await open({ ...kubeconfig, contexts: [{ name: 'theirs', context: { cluster: 'nowhere' } }] })
  const { window, profile } = workbench
  const { welcome } = window.elections
  await welcome.getByText('Show Error', { exact: true }).waitFor()
  await window.picture('new-user-broken-1-welcome')
  await welcome.getByText('Show Error', { exact: true }).click()
  await window.notification(/nowhere/).waitFor()
  await window.picture('new-user-broken-2-error')
  expect(await window.notification(/nowhere/).textContent()).toContain(profile.kubeconfig)
  workbench.writeKubeconfig(kubeconfig)
  await window.elections.row('checkout').waitFor()
  await window.picture('new-user-broken-3-mended')
})

it('shows two contexts beside a third one, whose API server does not answer, and says that', async () => {
  const [theirs, other] = [await startShop('checkout'), await startShop('billing')]
  const dead = await startShop('nothing')
  const proxy = await TcpProxy.open(Number(new URL(dead.url).port))
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  proxy.cut()
  const text = JSON.stringify(contexts({ dead, theirs, others: other })).replaceAll(new URL(dead.url).port, String(proxy.port))
  const { window } = await open(JSON.parse(text) as object)
  const choose = window.elections.welcome.getByText('Choose Contexts', { exact: true })
  await choose.waitFor()
  await window.elections.welcome.getByText('Show Error', { exact: true }).click()
  await window.notification(/dead: The API server has not answered for 10s/).waitFor()
  await window.picture('new-user-three-1-error')
  await choose.click()
  await window.quickInput.getByText('others').first().waitFor()
  await window.picture('new-user-three-2-choose')
  for (const name of ['dead', 'theirs', 'others']) await window.pick(name)
  await window.page.keyboard.press('Enter')
  await window.elections.row('billing').waitFor()
  await window.elections.row('checkout').waitFor()
  const rows = async (): Promise<string[]> => (await window.elections.rows()).map(({ label, description }) => `${label}: ${description}`)
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^Not connected: /))
  await window.picture('new-user-three-3-shown')
})

it('explains why an API server is not reached, and tries again at once', async () => {
  const busy = await startShop('checkout')
  // By itself, the extension tries again only after this time.
  const refusing = busy.faults.error({ code: 503, retryAfterSeconds: 60, message: 'down for maintenance' })
  const { window } = await open(busy.kubeconfig({ contextName: 'theirs' }))
  const { welcome } = window.elections
  await welcome.getByText('Show Error', { exact: true }).click()
  await window.notification(/theirs: .*down for maintenance/).waitFor()
  await window.picture('welcome-show-error')
  const before = busy.requests.list(() => true).length
  refusing()
  await welcome.getByText('Retry Now', { exact: true }).click()
  await window.elections.row('checkout').waitFor({ timeout: 40_000 })
  expect(busy.requests.list(() => true).length).toBeGreaterThan(before)
})

it('offers the other contexts where one is not reached', async () => {
  const [busy, other] = [await startShop('checkout'), await startShop('billing')]
  busy.faults.error({ code: 503, retryAfterSeconds: 60 })
  const { window } = await open(contexts({ theirs: busy, others: other }))
  await window.elections.welcome.getByText('Choose Contexts', { exact: true }).click()
  await window.pick('others')
  await window.page.keyboard.press('Enter')
  await window.elections.row('billing').waitFor()
})

it('shows the namespaces that are entered, for a user who may read only those', async () => {
  const sandbox = await startShop('checkout')
  sandbox.addUser({ name: 'guest', rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['shop'] }] })
  const { window } = await open(sandbox.kubeconfig({ user: 'guest' }))
  await window.elections.welcome.getByText('Enter Namespaces', { exact: true }).click()
  await window.answer('shop')
  await window.elections.row('checkout').waitFor()
})

it('shows other leases, everything that a filter left out, and namespaces that were hidden', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: 'kube-node-lease' }, status: { phase: 'Active' } })
  sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'kube-node-lease', name: 'node-a' }, spec: { holderIdentity: 'node-a', leaseDurationSeconds: 40 } })
  const { window } = await open(sandbox.kubeconfig())
  const { elections } = window
  await elections.welcome.getByText('Show Other Leases', { exact: true }).click()
  await window.pick('Node heartbeats')
  await window.page.keyboard.press('Enter')
  await elections.row('node-a').waitFor()
  await window.command('Leader Elections: Filter Elections')
  await window.answer('nothing has this name')
  await elections.welcome.getByText('Clear Filter', { exact: true }).click()
  await elections.row('node-a').waitFor()
  await elections.openMenu('kube-node-lease')
  await window.chooseFromMenu('Hide Namespace')
  await elections.welcome.getByText('Show All Namespaces', { exact: true }).click()
  await elections.row('node-a').waitFor()
})

it('shows an active filter above the rows, and that nothing matches it', async () => {
  const { window } = await open()
  await window.elections.welcome.getByText('Try the Sandbox', { exact: true }).click()
  await window.elections.row('kube-scheduler').waitFor()
  await window.command('Leader Elections: Filter Elections')
  await window.answer('kube-scheduler')
  const message = window.elections.pane.locator('.message')
  await expect.poll(() => message.textContent()).toMatch(/Only elections that match the filter "kube-scheduler": 1\./)
  await window.picture('filter-active')
  await window.command('Leader Elections: Clear Filter')
  await expect.poll(async () => (await message.textContent())?.trim() ?? '').toBe('')
})

it('asks for an election where a command of the palette needs one', async () => {
  const { window } = await open()
  await window.elections.welcome.getByText('Try the Sandbox', { exact: true }).click()
  await window.elections.row('kube-scheduler').waitFor()
  await window.openExplorer()
  await window.command('Leader Elections: Describe')
  await window.quickInput.getByText('kube-system · sandbox').first().waitFor()
  await window.picture('palette-pick')
  await window.pick('kube-scheduler')
  const tab = window.page.locator('.tabs-container .tab', { hasText: 'lease-kube-scheduler (description).yaml' })
  await tab.waitFor()
  await expect.poll(() => window.page.locator('.view-lines').first().textContent()).toMatch(/^state:/)
  await window.picture('describe')
})
