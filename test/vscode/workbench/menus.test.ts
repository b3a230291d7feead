import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

let workbench: Workbench
let window: Window

const clipboard = (): Promise<string> => window.page.evaluate<string>('navigator.clipboard.readText()')

beforeAll(async () => {
  workbench = await openWorkbench({ extensions })
  window = workbench.window
  await window.openElections()
  await window.elections.welcome.getByText('Try the Sandbox', { exact: true }).click()
  await window.elections.row('kube-scheduler').waitFor()
})

afterAll(() => workbench[Symbol.asyncDispose]())

async function menuOf(label: string): Promise<string[]> {
  await window.elections.openMenu(label)
  const entries = await window.menu.allTextContents()
  await window.picture(`menu-of-${label}`)
  await window.page.keyboard.press('Escape')
  await window.page.locator('.monaco-menu').waitFor({ state: 'hidden' })
  return entries
}

it('has a menu for a context and for a namespace', async () => {
  expect(await menuOf('sandbox')).toEqual(['Reconnect', 'Stop the Sandbox', 'Empty Node…', 'Keep Watching While Hidden', 'Copy', 'Open in Terminal'])
  expect(await menuOf('kube-system')).toEqual(['Show Only This Namespace', 'Hide Namespace', 'Choose Namespaces…', 'Copy'])
})

it('hides a namespace from its menu, and shows it again from the menu of another one', async () => {
  await window.elections.openMenu('kube-system')
  await window.chooseFromMenu('Hide Namespace')
  await window.elections.row('kube-scheduler').waitFor({ state: 'hidden' })
  await expect.poll(() => window.elections.pane.locator('.message').textContent()).toContain('Hidden namespaces: kube-system.')
  await window.picture('hidden-namespace')
  const [other] = (await window.elections.rows()).filter(({ level }) => level === 2)
  await window.elections.openMenu(other!.label)
  await window.chooseFromMenu('Show All Namespaces')
  await window.elections.row('kube-scheduler').waitFor()
})

it('copies the row that the keyboard is on, selected or not', async () => {
  await window.elections.untilCalm()
  // A click expands a row as well.
  await window.elections.row('kube-scheduler').locator('.label-name').click()
  await window.elections.row('Holder').waitFor()
  await window.page.keyboard.press('ArrowUp')
  const focused = (await window.elections.rows()).find(({ isFocused }) => isFocused)!
  expect(focused.isSelected).toBe(false)
  await window.page.keyboard.press('Control+C')
  await expect.poll(clipboard).toBe(focused.label)
})

it('opens what a detail names', async () => {
  expect(await menuOf('Holder')).toEqual(['Follow Leader Logs', 'Copy'])
  await window.elections.openMenu('kube-scheduler')
  await window.chooseFromMenu('Show Events')
  await window.page.locator('.tabs-container .tab', { hasText: 'lease-kube-scheduler (Events).yaml' }).waitFor()
})
