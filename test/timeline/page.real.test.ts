import { mkdir } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../vscode/support/browser.ts'
import { PageScene, type Theme } from './page-scene.ts'
import { atSecond, eventfulTimeline } from './scene.ts'

let browser: Browser
let scene: PageScene

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  scene = await PageScene.open(browser)
})
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene[Symbol.asyncDispose]()
})

/** How many of something the picture has. */
const count = (selector: string): Promise<number> => scene.page.locator(`#picture ${selector}`).count()

describe.each<Theme>(['light', 'dark', 'highContrast'])('in a %s theme', (theme) => {
  it('shows the leaders, under a policy that lets it load nothing else', async () => {
    await using themed = await PageScene.open(browser, theme)
    await themed.show(eventfulTimeline())
    await themed.press('-')
    await themed.page.locator('#table summary').click()
    const folder = process.env['PICTURES']
    if (folder) {
      await mkdir(folder, { recursive: true })
      await themed.page.screenshot({ path: `${folder}/timeline-${theme}.png` })
    }
    expect(await themed.page.locator('#picture rect.led0').count()).toBeGreaterThan(0)
    expect(await themed.text('status')).toMatch(/^checkout-operator-\S+ is the leader, renewed \d/)
    expect(themed.faults).toEqual([])
  })
})

it('has a role and a name for everything that can be reached', async () => {
  await scene.show(eventfulTimeline())
  const buttons = ['Zoom Out', 'Zoom In', 'Everything', 'Keys and Mouse']
  for (const name of buttons) expect(await scene.page.getByRole('button', { name, exact: true }).count()).toBe(1)
  const picture = scene.page.getByRole('application', { name: /^Timeline of leaders/ })
  expect(await picture.getAttribute('aria-roledescription')).toBe('timeline')
  expect(await picture.getAttribute('aria-describedby')).toBe('keys')
  expect(await scene.page.getByRole('heading', { level: 1 }).textContent()).toBe('checkout-operator in kind/shop')
  expect(await scene.page.getByRole('group', { name: 'Timeline actions' }).count()).toBe(1)
})

it('is reached by Tab: the actions, the picture, the table', async () => {
  await scene.show(eventfulTimeline())
  const reached: string[] = []
  for (let presses = 0; presses < 6; presses++) {
    await scene.page.keyboard.press('Tab')
    reached.push(await scene.page.evaluate('document.activeElement.id || document.activeElement.tagName'))
  }
  expect(reached).toEqual([
    'zoom-out',
    'zoom-in',
    'everything',
    'help',
    'picture',
    'SUMMARY',
  ])
})

describe('by keys', () => {
  beforeEach(() => scene.show(eventfulTimeline()))

  it.each<[string, readonly string[], RegExp]>([
    ['the last renewal', ['ArrowLeft'], /^(\d+) of \1\. .* renewed, 1\.9s after the previous renewal \(1\d% of the lease/],
    [
      'the last mark that is not an on-time renewal',
      ['Shift+ArrowLeft'],
      /took over from .* \(a failover\); no leader for 19s/,
    ],
    ['the one before', ['Shift+ArrowLeft', 'Shift+ArrowLeft'], /released, no leader/],
    ['and back', ['Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowRight'], /\(a failover\)/],
    ['the first', ['Home'], /^1 of \d+\. .* the previous renewal was not observed/],
    ['from the first to what happened first', ['Home', 'Shift+ArrowRight'], /released, no leader/],
    ['a late renewal', ['Home', ...new Array<string>(3).fill('Shift+ArrowRight')], /renewed late, 11s .* \(7\d% of/],
  ])('one goes to %s', async (_, keys, expected) => {
    await scene.press(...keys)
    expect(await scene.text('detail')).toMatch(expected)
    expect(await count('.selected')).toBeGreaterThan(0)
  })

  it('one zooms, and sees everything', async () => {
    await scene.press('+')
    expect(await scene.text('window')).toBe('Live, the last 1m')
    await scene.press('-', '-')
    expect(await scene.text('window')).toBe('Live, the last 5m')
    await scene.press('0')
    expect(await scene.text('window')).toBe('Live, the last 3m1s')
  })

  it('one pauses, and follows again', async () => {
    await scene.press('Space')
    expect(await scene.text('window')).toBe('Paused at 12:03:01 PM, showing 2m')
    await expect.poll(() => scene.told.at(-1)).toEqual({ type: 'paused', isPaused: true })
    await scene.show(eventfulTimeline(undefined, 240))
    expect(await scene.text('window')).toBe('Paused at 12:03:01 PM, showing 2m')
    await scene.press('Space')
    expect(await scene.text('window')).toBe('Live, the last 2m')
    await expect.poll(() => scene.told.at(-1)).toEqual({ type: 'paused', isPaused: false })
  })

  it('one opens the help, and closes it', async () => {
    expect(await scene.page.locator('#keys').isVisible()).toBe(false)
    await scene.press('?')
    expect(await scene.page.locator('#keys').isVisible()).toBe(true)
    await scene.page.getByRole('button', { name: 'Keys and Mouse' }).click()
    expect(await scene.page.locator('#keys').isVisible()).toBe(false)
  })

  it('one moves, and lets go of what was gone to', async () => {
    await scene.press('PageUp')
    expect(await scene.text('window')).toBe('Paused at 12:02:01 PM, showing 2m')
    await scene.press('Home', 'Escape')
    expect(await count('.selected')).toBe(0)
  })

  it('one leaves the keys of VS Code alone', async () => {
    await scene.press('Control+ArrowLeft', 'Alt+ArrowLeft', 'Tab')
    expect(await scene.text('detail')).toBe('')
  })
})

it('goes to a mark that is pointed at', async () => {
  await scene.show(eventfulTimeline())
  await scene.press('-')
  const box = (await scene.page.locator('#picture .renewal-late').boundingBox())!
  await scene.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
  expect(await scene.text('detail')).toMatch(/renewed late/)
})

describe('with the mouse', () => {
  beforeEach(() => scene.show(eventfulTimeline()))

  it('one drags it into the past, where it stays', async () => {
    const box = (await scene.page.locator('#picture').boundingBox())!
    const y = box.y + box.height / 2
    await scene.page.mouse.move(box.x + 500, y)
    await scene.page.mouse.down()
    await scene.page.mouse.move(box.x + 600, y, { steps: 5 })
    await scene.page.mouse.move(box.x + 700, y, { steps: 5 })
    await scene.page.mouse.up()
    expect(await scene.text('window')).toMatch(/^Paused at 12:02:\d\d PM, showing 2m$/)
    expect(await scene.text('detail')).toBe('')
  })

  it('one zooms with the wheel, around what the pointer is on', async () => {
    await scene.press('Space')
    const box = (await scene.page.locator('#picture').boundingBox())!
    await scene.page.mouse.move(box.x + 220, box.y + box.height / 2)
    await scene.page.mouse.wheel(0, -100)
    await expect.poll(() => scene.text('window')).toMatch(/^Paused at 12:02:0\d PM, showing 1m$/)
    await scene.page.mouse.wheel(0, 100)
    await expect.poll(() => scene.text('window')).toMatch(/showing 2m$/)
  })
})

it('announces events to screen readers, except on-time renewals', async () => {
  await scene.show(eventfulTimeline(undefined, 164))
  expect(await scene.text('announcements')).toBe('')
  await scene.show(eventfulTimeline(undefined, 180))
  expect(await scene.text('announcements')).toMatch(/a failover/)
  expect(await scene.page.locator('#announcements').getAttribute('aria-live')).toBe('polite')
})

it('updates times between two renewals without a new snapshot', async () => {
  const snapshot = eventfulTimeline()
  await scene.show(snapshot)
  const { spans, lastChange } = snapshot
  await scene.tell({ type: 'tick', change: { now: atSecond(184), spans, lastChange } })
  expect(await scene.text('status')).toMatch(/renewed 4s ago; the lease expires in 11s\.$/)
})

it('keeps its view while it is off screen', async () => {
  await scene.show(eventfulTimeline())
  await scene.press('+', 'Space')
  await scene.page.locator('#table summary').click()
  await scene.hideAndShow()
  await scene.show(eventfulTimeline(undefined, 200))
  expect(await scene.text('window')).toBe('Paused at 12:03:01 PM, showing 1m')
  expect(await scene.page.getByRole('row').count()).toBeGreaterThan(5)
  expect(scene.told.filter(({ type }) => type === 'ready')).toHaveLength(2)
})

it('follows the present again if it was paused at a time before this recording', async () => {
  await scene.show(eventfulTimeline())
  await scene.press('Space')
  await scene.hideAndShow()
  await scene.show(eventfulTimeline(undefined, 4))
  expect(await scene.text('window')).toBe('Live, the last 2m')
})

it.each(['json', 'svg'] as const)('requests an export of the part in view as %s', async (format) => {
  await scene.show(eventfulTimeline())
  await scene.tell({ type: 'export', format })
  const view = { spanMs: 120_000, endMs: null, selected: null }
  await expect
    .poll(() => scene.told.at(-1))
    .toEqual({ type: 'export', format, view, widthPx: expect.any(Number) as number })
})

it('shows the events as a table, latest first', async () => {
  await scene.show(eventfulTimeline())
  await scene.page.locator('#table summary').click()
  const rows = await scene.page.locator('#rows tr').allTextContents()
  expect(rows).toHaveLength(11)
  expect(rows[0]).toMatch(/\(a failover\); no leader for 19s/)
  expect(rows.at(-1)).toMatch(/released, no leader/)
})

it.each<[string, Parameters<PageScene['tell']>[0], RegExp]>([
  ['nothing was read', { type: 'timeline', snapshot: emptySnapshot(), phase: { type: 'connecting' } }, /^Waiting for/],
  [
    'there is no such election',
    { type: 'timeline', snapshot: emptySnapshot(), phase: { type: 'live' } },
    /^This election does not exist/,
  ],
  [
    'it cannot be watched',
    { type: 'timeline', snapshot: emptySnapshot(), phase: { type: 'failed', reason: 'You may not list leases.' } },
    /^Cannot watch this election, retrying: You may not list leases\./,
  ],
])('says so if %s', async (_, message, expected) => {
  await scene.tell(message)
  expect(await scene.text('status')).toMatch(expected)
})

it('shows every holder identity as text', async () => {
  const hostile = '</script><img src=https://elsewhere.invalid/x onerror="alert(1)">[link](command:x)\u202e\u001b[31m'
  await scene.show(eventfulTimeline(hostile))
  await scene.press('Home')
  expect(await scene.page.locator('img').count()).toBe(0)
  expect(await scene.text('detail')).toContain('</script><img src=')
  expect(await scene.text('detail')).toContain('\\u202e\\x1b[31m')
  expect(await scene.text('picture')).not.toMatch(/[\u202e\u001b]/)
})

function emptySnapshot() {
  return {
    ...eventfulTimeline(),
    spans: [],
    renewals: [],
    transitions: [],
    disconnected: [],
    completeFrom: null,
    lastChange: null,
  }
}
