import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Window } from './support/window.ts'
import { openWorkbench, type Workbench, type WorkbenchOptions } from './support/workbench.ts'

const { extensions } = inject('packaged')

/** A box on the screen, in pixels. */
interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Narrow, since the walkthrough shows them beside its text; with a dot more for each pixel, since some screens have that. */
const SMALL: Partial<WorkbenchOptions> = { size: { width: 900, height: 540 }, scale: 2 }

let workbench: Workbench
let window: Window

const quiet = { 'remote.autoForwardPorts': false }

async function openSandbox(options: Partial<WorkbenchOptions>): Promise<void> {
  workbench = await openWorkbench({ extensions, settings: quiet, ...options })
  window = workbench.window
  await window.openElections()
  await window.elections.welcome.getByText('Try the Sandbox', { exact: true }).waitFor()
}

/** Drags the edge of the side bar, so that rows have room for their holders. */
async function widenSideBar(toPx: number): Promise<void> {
  const { x, y, width, height } = await boxOf(window.page.locator('.part.sidebar'))
  const { mouse } = window.page
  await mouse.move(x + width + 1, y + height / 2)
  await mouse.down()
  await mouse.move(toPx, y + height / 2, { steps: 5 })
  await mouse.up()
}

async function trySandbox(): Promise<void> {
  await window.elections.welcome.getByText('Try the Sandbox', { exact: true }).click()
  await window.elections.row('kube-scheduler').waitFor()
}

afterEach(() => workbench[Symbol.asyncDispose]())

/** Saves what is in a box, or the whole window, below the project's folder. */
async function save(path: string, clip?: Box): Promise<void> {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  // Away with the pointer, and with what it shows.
  await window.page.mouse.move(5, 5)
  await window.page.screenshot({ path: file, animations: 'disabled', caret: 'hide', ...(clip && { clip }) })
  // A third of the bytes, and nobody sees the difference. It is Debian's package of that name.
  execFileSync('pngquant', ['--force', '--strip', '--ext', '.png', '64', file])
}

async function boxOf(locator: Locator, margin = 0): Promise<Box> {
  const { x, y, width, height } = (await locator.boundingBox())!
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin }
}

/** The icons and the side bar beside them, from the top. */
async function sideBar(height: number): Promise<Box> {
  const { x, width } = await boxOf(window.page.locator('.part.sidebar'))
  return { x: 0, y: 0, width: x + width, height }
}

async function failOver(name: string): Promise<void> {
  await window.elections.openMenu(name)
  await window.chooseFromMenu('Fail Over')
  await window.answerFailoverWish('')
  await window.modal.waitFor()
}

async function untilMoved(name: string): Promise<void> {
  await window.notification(new RegExp(`Leadership of \\S+/${name} .* moved`)).waitFor({ timeout: 90_000 })
  await window.command('Notifications: Clear All Notifications')
}

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const picture = (step: string): string => `extension/media/walkthrough/${step}-${theme}.png`

  describe('the walkthrough', () => {
    beforeEach(() => openSandbox({ theme, ...SMALL }))

    it('sandbox, elections', async () => {
      await widenSideBar(440)
      await save(picture('sandbox'), await sideBar(300))
      await trySandbox()
      await expect.poll(async () => (await window.elections.rows()).filter(({ badge }) => badge !== '').length).toBeGreaterThan(6)
      await save(picture('elections'), await sideBar(420))
    })

    it('fail over, timeline', async () => {
      await trySandbox()
      await window.elections.clickInline('kube-scheduler', 'Show Timeline')
      await window.page.waitForTimeout(12_000)
      await failOver('kube-scheduler')
      await save(picture('failOver'), await boxOf(window.modal, 12))
      await window.answerModal('Fail Over')
      await untilMoved('kube-scheduler')
      await window.page.waitForTimeout(12_000)
      await window.command('View: Toggle Primary Side Bar Visibility')
      const page = window.page.frameLocator('iframe.webview').frameLocator('#active-frame')
      await page.locator('#zoom-in').click()
      await window.page.waitForTimeout(1_000)
      const { x, y, width } = await boxOf(window.page.locator('.part.editor'))
      const bottom = await boxOf(page.locator('#picture'))
      await save(picture('timeline'), { x, y, width, height: bottom.y + bottom.height + 8 - y })
    })

    it('join', async () => {
      await widenSideBar(440)
      await trySandbox()
      await window.elections.openMenu('orders-migration')
      await window.chooseFromMenu('Join Election')
      await window.pick('Lead from this window')
      await window.answerModal('Join')
      await window.statusBarItem(/orders-migration: leading/).waitFor()
      await window.command('Notifications: Clear All Notifications')
      const { y, height } = await boxOf(window.page.locator('.part.statusbar'))
      await save(picture('join'), await sideBar(y + height))
    })
  })

  it('debug', async () => {
    await openSandbox({ theme, size: { width: 1200, height: 640 } })
    await widenSideBar(440)
    await window.command('Try: Debug as the Leader')
    await window.elections.row('reconciler').waitFor()
    await window.page.locator('.monaco-editor .view-line').first().click()
    await window.command('Notifications: Clear All Notifications')
    await window.page.keyboard.press('F5')
    await window.answerModal('Take Leadership')
    await window.statusBarItem(/reconciler: paused at a breakpoint/).waitFor()
    // Far longer than the lease duration.
    await window.page.waitForTimeout(20_000)
    await window.openElections()
    await window.elections.row('reconciler').scrollIntoViewIfNeeded()
    await window.command('Notifications: Clear All Notifications')
    await save(picture('debug'))
    if (theme === 'dark') await save('docs/pictures/debugging.png')
  })

  it('the whole window', async () => {
    await openSandbox({ theme, size: { width: 1200, height: 700 } })
    await widenSideBar(470)
    await trySandbox()
    await window.elections.clickInline('kube-scheduler', 'Show Timeline')
    await window.page.waitForTimeout(15_000)
    await failOver('kube-scheduler')
    await window.answerModal('Fail Over')
    await untilMoved('kube-scheduler')
    await window.page.waitForTimeout(20_000)
    await save(`docs/pictures/vscode-${theme}.png`)
  })
})
