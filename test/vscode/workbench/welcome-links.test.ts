import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../../shared/sandbox/index.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

async function open(kubeconfig?: object): Promise<Workbench> {
  const workbench = await openWorkbench({ extensions, ...(kubeconfig && { kubeconfig }) })
  onTestFinished(() => workbench[Symbol.asyncDispose]())
  await workbench.window.openElections()
  return workbench
}

it('gets from no kubeconfig to elections with the file dialog of its own link', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: 'shop' }, status: { phase: 'Active' } })
  sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'shop', name: 'checkout' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } })
  const { window, profile } = await open()
  const file = join(profile.folder, 'their-kubeconfig')
  writeFileSync(file, JSON.stringify(sandbox.kubeconfig({ contextName: 'theirs' })))
  await window.elections.welcome.getByText('Choose Kubeconfig', { exact: true }).click()
  const input = window.quickInput.locator('input.input')
  await input.waitFor()
  await window.picture('welcome-choose-kubeconfig')
  await input.fill(file)
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
