import { readFileSync, statSync } from 'node:fs'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { openWorkbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

interface Step {
  readonly id: string
  readonly media: { readonly image: Readonly<Record<'light' | 'dark' | 'hc' | 'hcLight', string>> }
}

const url = (path: string): URL => new URL(`../../../${path}`, import.meta.url)
const { contributes } = JSON.parse(readFileSync(url('package.json'), 'utf8')) as { contributes: { walkthroughs: { steps: Step[] }[] } }
const { steps } = contributes.walkthroughs[0]!

/** Bytes of one picture: a person may open the walkthrough over a slow line. */
const MOST_BYTES = 60_000

describe.each(steps)('the picture of the step $id', ({ media: { image } }) => {
  it.each(Object.entries(image))('%s is there, and small', (_, path) => {
    expect(statSync(url(path)).size).toBeLessThan(MOST_BYTES)
  })
})

it('is walked through in a fresh VS Code: pictures are seen, and what was done is ticked off', async () => {
  const { window, [Symbol.asyncDispose]: dispose } = await openWorkbench({ extensions, size: { width: 1600, height: 900 } })
  onTestFinished(dispose)
  const { page } = window
  await window.command('Welcome: Open Walkthrough')
  await window.pick('Get Started with Leader Elections')
  await expect.poll(() => page.locator('.getting-started-step').count()).toBe(steps.length)
  // A narrow window has no room for them.
  await page.locator('.getting-started-media img').waitFor()
  const widthOfPicture = (): Promise<number> =>
    page.locator('.getting-started-media img').evaluate((image: { readonly naturalWidth: number }) => image.naturalWidth)
  await expect.poll(widthOfPicture).toBeGreaterThan(100)
  await window.picture('walkthrough-1')
  await page.locator('.gettingStartedContainer').getByText('Try the Sandbox', { exact: true }).click()
  await window.elections.row('kube-scheduler').waitFor()
  await expect.poll(() => page.locator('.getting-started-step .codicon-getting-started-step-checked').count()).toBeGreaterThan(0)
  await window.picture('walkthrough-2')
})
