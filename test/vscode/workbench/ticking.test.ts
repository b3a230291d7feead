import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { RenewedLeases } from '../support/renewed-leases.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

let scene: AsyncDisposableStack
let sandbox: Sandbox
let window: Window

/** For a minute of ticking, and the start of VS Code on a busy machine. */
const TIMEOUT_MS = 300_000

beforeEach(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  scene.use(new RenewedLeases({ sandbox, namespaces: { shop: 40 } }))
  const workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig() }))
  window = workbench.window
  await window.openElections()
  await window.elections.row('election-0005').waitFor()
})

afterEach(() => scene.disposeAsync())

/** Reads what is on screen again and again, until the countdowns have changed so often; returns all that was read. */
async function whileTicking<T>(changes: number, read: () => Promise<T>): Promise<T[]> {
  const readings: T[] = []
  let before = ''
  for (let seen = 0; seen < changes; ) {
    const countdowns = JSON.stringify((await window.elections.rows()).map(({ badge }) => badge))
    if (countdowns !== before) {
      before = countdowns
      seen++
      readings.push(await read())
    } else {
      await window.page.waitForTimeout(100)
    }
  }
  return readings
}

it('leaves a context menu open while countdowns tick for 10 s, and it acts on its own election', { timeout: TIMEOUT_MS }, async () => {
  await window.elections.openMenu('election-0005')
  const open = await whileTicking(10, () => window.menu.filter({ hasText: 'Copy Name' }).isVisible())
  expect(open).not.toContain(false)
  await window.chooseFromMenu('Copy Name')
  await expect
    .poll(() => window.page.evaluate<string>('navigator.clipboard.readText()'))
    .toMatch(/^(shop\/)?election-0005$/)
})

it('keeps selection, expansion and scroll position over 60 s of ticking', { timeout: TIMEOUT_MS }, async () => {
  const { elections, page } = window
  await elections.toggle('election-0005')
  // The rows below have moved by then.
  await elections.row('Transitions').waitFor()
  await elections.untilCalm()
  await elections.row('election-0007').click()
  await page.mouse.wheel(0, 90)
  const look = async (): Promise<object> => {
    const rows = await elections.rows()
    return {
      selected: rows.filter(({ isSelected }) => isSelected).map(({ label }) => label),
      expanded: rows.filter(({ isExpanded }) => isExpanded).map(({ label }) => label),
      top: rows[0]?.label,
      shown: rows.length,
    }
  }
  await expect
    .poll(look)
    .toMatchObject({ selected: ['election-0007'], expanded: expect.arrayContaining(['election-0005', 'election-0007']) as unknown })
  await elections.untilCalm()
  const first = await look()
  for (const later of await whileTicking(60, look)) expect(later).toEqual(first)
  await window.picture('ticking-after-60-s')
})

it('keeps the tooltip of a row for 60 s of ticking, and resumes its countdown when another tooltip is shown', { timeout: TIMEOUT_MS }, async () => {
  const { elections } = window
  const tooltip = await elections.hover('election-0005')
  const others = new Set<string>()
  const untilMs = performance.now() + 60_000
  while (performance.now() < untilMs) {
    await window.page.waitForTimeout(500)
    expect(await tooltip.isVisible(), `${untilMs - performance.now()} ms before the end`).toBe(true)
    others.add(JSON.stringify((await elections.rows()).map(({ badge }) => badge)))
  }
  expect(others.size).toBeGreaterThan(10)
  await window.picture('ticking-tooltip-after-60-s')
  const countdown = async (): Promise<string | undefined> => (await elections.find('election-0005'))?.badge
  await elections.hover('election-0009')
  const seen = new Set(await whileTicking(10, countdown))
  expect(seen.size).toBeGreaterThan(1)
  await (await elections.hover('election-0005')).waitFor()
})
