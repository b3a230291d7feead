import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoSession, type DemoSession } from './demo-session.ts'
import { likenessOf } from './likeness.ts'
import { blocksOf, PAGES, shownIn } from './pages.ts'

/** Every command in a `console` block prints the output below it. `npm run docs` updates that output. */
let session: DemoSession
beforeAll(async () => (session = await startDemoSession()))
afterAll(() => session[Symbol.asyncDispose]())

const shown = PAGES.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'console')
    .flatMap((block) => shownIn(block).map((one) => ({ page, ...one }))),
)

describe('the output of a command in a page', () => {
  it.each(shown)('$page: $command', async ({ command, output }) => {
    expect(likenessOf(await session.run(command))).toBe(likenessOf(output))
  })
})
