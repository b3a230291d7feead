import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoSession, type DemoSession } from './demo-session.ts'
import { likenessOf } from './likeness.ts'
import { blocksOf, PAGES, shownIn } from './pages.ts'

/** Every command that a page shows output of prints that output: `npm run docs` writes it anew. */
let session: DemoSession
beforeAll(async () => (session = await startDemoSession()))
afterAll(() => session[Symbol.asyncDispose]())

const shown = PAGES.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'console')
    .flatMap((block) => shownIn(block).map((one) => ({ page, ...one }))),
)

describe('what pages show', () => {
  it.each(shown)('$page: $command', async ({ command, output }) => {
    expect(likenessOf(await session.run(command))).toBe(likenessOf(output))
  })
})
