import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../shared/time/index.ts'
import { startDemoSession, type DemoSession } from './demo-session.ts'
import { likenessOf } from './likeness.ts'
import { blocksOf, PAGES, shownIn } from './pages.ts'

/** Every command that a page shows output of prints that output: `npm run docs` writes it anew. */
let session: DemoSession
beforeAll(async () => (session = await startDemoSession()))
afterAll(() => session[Symbol.asyncDispose]())

/** Elections of the sandbox move as they like, so what a page shows may be true only a moment later. */
const TRIES = 8

const shown = PAGES.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'console')
    .flatMap((block) => shownIn(block).map((one) => ({ page, ...one }))),
)

describe('what pages show', () => {
  it.each(shown)('$page: $command', { timeout: 600_000 }, async ({ command, output }) => {
    let printed = ''
    for (let attempt = 0; attempt < TRIES; attempt++) {
      // What an attempt has moved may take a while to be ready again.
      await systemClock.sleep(3_000 * attempt)
      printed = await session.run(command)
      if (likenessOf(printed) === likenessOf(output)) return
    }
    expect(likenessOf(printed)).toBe(likenessOf(output))
  })
})
