import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { openWorkbench, type Theme, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

/** Elections of the sandbox that are always held, or nearly so. */
const LEVEL_OF_ELECTIONS = 3

const open = async (theme: Theme): Promise<Workbench> => {
  const workbench = await openWorkbench({ extensions, theme })
  onTestFinished(() => workbench[Symbol.asyncDispose]())
  return workbench
}

describe.each<Theme>(['dark', 'light', 'high-contrast'])('a first look in a fresh profile, theme %s', (theme) => {
  it('leads from the icon over the sandbox and a failover to a new holder in the tree', async () => {
    const { window } = await open(theme)
    const { elections } = window

    await window.openElections()
    const trySandbox = elections.welcome.getByText('Try the Sandbox', { exact: true })
    await trySandbox.waitFor()
    await window.picture(`first-look-${theme}-1-welcome`)

    await trySandbox.click()
    // Seconds are counted down on the rows, and go on.
    const countdowns = async (): Promise<string[]> =>
      (await elections.rows()).filter(({ level, badge }) => level === LEVEL_OF_ELECTIONS && /^\d+$/.test(badge)).map(({ badge }) => badge)
    await expect.poll(countdowns, { timeout: 3_000 }).not.toEqual([])
    const first = await countdowns()
    await expect.poll(countdowns, { timeout: 3_000 }).not.toEqual(first)
    await window.picture(`first-look-${theme}-2-sandbox`)

    const name = 'kube-scheduler'
    const holder = async (): Promise<string> => (await elections.find(name))?.description.split('↻')[0]?.trim() ?? ''
    await elections.row(name).waitFor()
    const before = await holder()
    await elections.openMenu(name)
    await window.picture(`first-look-${theme}-3-menu`)
    await window.chooseFromMenu('Fail Over')
    await window.modal.waitFor()
    await window.picture(`first-look-${theme}-4-plan`)
    await window.answerModal('Fail Over')
    await expect.poll(holder, { timeout: 10_000 }).not.toBe(before)
    await window.picture(`first-look-${theme}-5-under-way`)
    await expect.poll(holder, { timeout: 60_000 }).not.toMatch(new RegExp(`^(${before}|nobody|failing over|)$`))
    await window.notification(name).waitFor()
    await window.picture(`first-look-${theme}-6-moved`)
  })
})
