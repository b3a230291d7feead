import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FrameLocator } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { startBuilt, type Running } from '../../support/built-cli.ts'
import { isThere } from '../support/elections-view.ts'
import { PATIENCE_MS, type Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
const NAME = 'checkout'
const FIRST = 'checkout-7d4f9c6b5-x2k9p_3b1f0a52-7f60-4c7c-9a51-2d0c8f1f9e11'
const SECOND = 'checkout-7d4f9c6b5-m8wq4_c9a1d7e0-51b2-4c55-8b0e-6f2d3a9e4471'

let scene: AsyncDisposableStack
let sandbox: Sandbox
let workbench: Workbench
let window: Window
/** Records all of it, for the player. */
let recorder: Running
/** Who renews the lease now; empty where nobody does. */
let leader: string
let transitions: number
/** The timeline's page, in its webview. */
let page: FrameLocator

// One window for all: what is looked at goes on by itself, and every test leaves it live.
beforeAll(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: 'shop' }, status: { phase: 'Active' } })
  leader = FIRST
  transitions = 3
  write()
  const over = new AbortController()
  const renewing = renew(over.signal)
  scene.defer(async () => {
    over.abort()
    await renewing
  })
  workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig() }))
  window = workbench.window
  const kubeconfig = join(workbench.profile.workspace, 'kubeconfig')
  writeFileSync(kubeconfig, JSON.stringify(sandbox.kubeconfig()), { mode: 0o600 })
  recorder = startBuilt(['record', '-A', '--to', join(workbench.profile.workspace, 'rec.jsonl'), '--kubeconfig', kubeconfig])
  scene.defer(() => recorder.kill('SIGKILL'))
  await window.openElections()
  await window.elections.row(NAME).waitFor()
  await openTimeline()
})

afterAll(() => scene.disposeAsync())

async function openTimeline(): Promise<void> {
  page = window.page.frameLocator('iframe.webview').frameLocator('#active-frame')
  const isOpen = async (): Promise<boolean> => {
    await window.elections.clickInline(NAME, 'Show Timeline')
    if (await isThere(page.locator('#picture svg'), 10_000)) return true
    // A busy VS Code did not know whose icon it was, and the extension asked which election is meant.
    await window.page.keyboard.press('Escape')
    return false
  }
  await vi.waitUntil(isOpen, { timeout: PATIENCE_MS })
}

const text = async (id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? ''

/** How many renewals there are to be seen, when all are. */
async function renewals(): Promise<number> {
  await page.locator('#everything').click()
  // All of them are one path.
  const path = (await page.locator('.renewal-on-time').getAttribute('d')) ?? ''
  return path.split('M').length - 1
}

/** Writes the lease as its leader does: one of them all the time, unless nobody leads. */
function write(): void {
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: leader, leaseDurationSeconds: leader === '' ? 1 : 15, leaseTransitions: transitions, acquireTime: now, renewTime: now }
  sandbox.plant(LEASES, { metadata: { namespace: 'shop', name: NAME }, spec })
}

async function renew(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (leader !== '') write()
    await delay(1_000, undefined, { signal }).catch(() => undefined)
  }
}

/** The first releases it, and after a while the second leads. */
async function handOver(): Promise<void> {
  leader = ''
  write()
  await delay(2_500)
  leader = SECOND
  transitions++
  write()
}

it('opens from its row, and grows by each renewal', async () => {
  expect(await text('heading')).toBe(`${NAME} in sandbox/shop`)
  await expect.poll(() => text('status')).toMatch(/is the leader, renewed .* ago; the lease expires in/)
  const first = await text('status')
  await expect.poll(() => text('status')).not.toBe(first)
  await expect.poll(renewals).toBeGreaterThan(1)
  const before = await renewals()
  await expect.poll(renewals).toBeGreaterThan(before)
  expect(await window.page.locator('.tabs-container .tab', { hasText: `Timeline of ${NAME}` }).count()).toBe(1)
})

it('is paused, searched and zoomed with the keyboard alone', async () => {
  await expect.poll(renewals).toBeGreaterThan(2)
  await page.locator('#picture').focus()
  await window.page.keyboard.press('Space')
  await expect.poll(() => text('window')).toMatch(/^Paused at/)
  await window.editorAction('Follow Timeline').waitFor()
  await window.page.keyboard.press('ArrowLeft')
  await expect.poll(() => text('detail')).toMatch(/^\d+ of \d+\. .*renewed/)
  const last = await text('detail')
  await window.page.keyboard.press('ArrowLeft')
  await expect.poll(() => text('detail')).not.toBe(last)
  const span = await text('window')
  await window.page.keyboard.press('-')
  await expect.poll(() => text('window')).not.toBe(span)
  await window.picture('timeline-keyboard')
  await window.page.keyboard.press('Space')
  await expect.poll(() => text('window')).toMatch(/^Live/)
})

it('is paused and followed again from its title', async () => {
  await window.editorAction('Pause Timeline').click()
  await expect.poll(() => text('window')).toMatch(/^Paused at/)
  const still = await text('picture')
  await window.page.waitForTimeout(3_000)
  expect(await text('picture')).toBe(still)
  await window.picture('timeline-paused')
  await window.editorAction('Follow Timeline').click()
  await expect.poll(() => text('window')).toMatch(/^Live/)
})

it('keeps recording while another tab covers it, and shows all of it again', async () => {
  await expect.poll(renewals).toBeGreaterThan(1)
  const before = await renewals()
  await window.command('New Untitled Text File')
  await page.locator('#picture').waitFor({ state: 'hidden' })
  await window.page.waitForTimeout(5_000)
  await window.command('View: Open Previous Editor')
  await page.locator('#picture svg').waitFor()
  await expect.poll(renewals).toBeGreaterThan(before + 1)
})

it.each(['json', 'svg'] as const)('is saved as %s to the file that the person chooses', async (format) => {
  await expect.poll(renewals).toBeGreaterThan(1)
  const file = join(workbench.profile.workspace, `timeline-shop-${NAME}.${format}`)
  await window.command(`Leader Elections: Export Timeline as ${format.toUpperCase()}`)
  await page.locator('#picture').waitFor()
  await window.fileDialog()
  await window.picture(`timeline-export-${format}`)
  await window.page.keyboard.press('Enter')
  await window.notification(`was saved to timeline-shop-${NAME}.${format}`).waitFor()
  const saved = readFileSync(file, 'utf8')
  if (format === 'json') expect(JSON.parse(saved)).toMatchObject({ kind: 'ElectionTimeline', name: NAME, namespace: 'shop' })
  else expect(saved).toMatch(/^<\?xml [^]*<svg [^]*<\/svg>\s*$/)
})

it('shows a transition, and the time without a leader', async () => {
  await handOver()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
  await page.locator('#table summary').click()
  await expect.poll(() => text('rows')).toMatch(/took over from .*it released the lease.*no leader for/)
  await page.locator('#table summary').click()
})

it('begins with what the view has seen before it was opened', async () => {
  await window.command('View: Close Editor')
  await openTimeline()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
})

it('is there again after a reload of the window, with what it had recorded', async () => {
  await window.reload()
  page = window.page.frameLocator('iframe.webview').frameLocator('#active-frame')
  await page.locator('#picture svg').waitFor()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
  await page.locator('#table summary').click()
  await expect.poll(() => text('rows')).toMatch(/no data for .*The window was reloaded/)
  await page.locator('#table summary').click()
  await window.picture('timeline-reloaded')
})

it('begins with the last day when it is opened anew, with the time in between as not watched', async () => {
  await window.command('View: Close Editor')
  await window.reload()
  await window.openElections()
  await window.elections.row(NAME).waitFor()
  await openTimeline()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
  await page.locator('#everything').click()
  await page.locator('#table summary').click()
  await expect.poll(() => text('rows')).toMatch(/no data for .*VS Code did not watch this election[^]*took over from .*it released the lease/)
  await page.locator('#table summary').click()
  await window.picture('timeline-kept')
})

it('forgets the last day when it is told to', async () => {
  await window.command('View: Close Editor')
  await window.command('Leader Elections: Clear Kept Timelines')
  await window.answerModal('Clear')
  await window.notification('The kept timelines were cleared').waitFor()
  await openTimeline()
  await expect.poll(() => text('status')).toMatch(/is the leader, renewed/)
  expect(await text('counts')).toMatch(/^Transitions: 0\./)
})

it('plays a recording', async () => {
  recorder.kill('SIGTERM')
  await recorder.finished
  await window.command('Leader Elections: Open Recording')
  await window.enterFile(join(workbench.profile.workspace, 'rec.jsonl'))
  await window.picture('timeline-open-recording')
  await window.page.keyboard.press('Enter')
  await window.quickInput.getByPlaceholder('Election to show').waitFor()
  await window.pick(NAME)
  await window.page.locator('.tabs-container .tab', { hasText: `Recording of ${NAME}` }).waitFor()
  await page.locator('#playback').waitFor()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
  const end = await text('position-text')
  await page.locator('#speed').selectOption('60')
  await page.locator('#play').click()
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 0\./)
  await expect.poll(() => text('position-text')).not.toBe(end)
  await expect.poll(() => text('play')).toBe('Play')
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
  // How far the transition is from the beginning depends on how long each test before took; it is not there at 1 %.
  await page.locator('#position').fill('10')
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 0\./)
  await page.locator('#position').fill('1000')
  await expect.poll(() => text('counts')).toMatch(/^Transitions: 1\./)
})

it.each([
  ['Light Modern', 'light'],
  ['Dark High Contrast', 'high-contrast'],
  ['Dark Modern', 'dark'],
])('uses the colors of the theme %s', async (theme, name) => {
  const before = await colorOfEditors()
  await window.command('Preferences: Color Theme')
  await window.quickInput.locator('input').first().fill(theme)
  await window.pick(theme)
  await expect.poll(colorOfEditors).not.toBe(before)
  await expect.poll(colorOfPage).toBe(await colorOfEditors())
  await window.picture(`timeline-${name}`)
})

const colorOfPage = (): Promise<string> => page.locator('body').evaluate((body) => getComputedStyle(body as never).backgroundColor)

/** Of the theme, in the same words. */
const colorOfEditors = (): Promise<string> =>
  window.page.locator('.monaco-workbench').evaluate((workbench) => {
    const hex = getComputedStyle(workbench as never).getPropertyValue('--vscode-editor-background').trim()
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
    return `rgb(${red!}, ${green!}, ${blue!})`
  })

/** In a page. */
declare function getComputedStyle(element: never): { readonly backgroundColor: string; getPropertyValue(name: string): string }
