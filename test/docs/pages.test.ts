import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXECUTED_ELSEWHERE } from './executed-elsewhere.ts'
import { likenessOf } from './likeness.ts'
import { blocksOf, PAGES, plainCommands, readPage, ROOT, shownIn } from './pages.ts'

describe('a link', () => {
  const links = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/(?:\]\(|src(?:set)?=")([^)\s"]+)/g)].map(([, target]) => ({ page, target: target! })),
  ).filter(({ target }) => !/^https?:/.test(target))

  it.each(links)('in $page has an existing target: $target', ({ page, target }) => {
    const [path, anchor] = target.split('#') as [string, string?]
    const file = path === '' ? page : join(dirname(page), path)
    expect(existsSync(join(ROOT, file))).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(readPage(file))).toContain(anchor)
  })

  function anchorsOf(text: string): readonly string[] {
    return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'),
    )
  }
})

describe('a command without output', () => {
  const commands = [...new Set(PAGES.flatMap((page) => plainCommands(page)))]

  it.each(commands)('is run by a test or the CI: %s', (command) => {
    const by = EXECUTED_ELSEWHERE[command] ?? []
    expect(by).not.toEqual([])
    for (const { file, text } of by) expect(readFileSync(join(ROOT, file), 'utf8')).toContain(text)
  })

  it('is listed only if a page contains it', () => {
    expect(Object.keys(EXECUTED_ELSEWHERE).filter((command) => !commands.includes(command))).toEqual([])
  })
})

it('every block has a known language, and every console block has commands', () => {
  for (const page of PAGES) {
    for (const block of blocksOf(page)) {
      expect(['', 'sh', 'console', 'ts']).toContain(block.language)
      if (block.language === '') expect(block.text).not.toMatch(/^(\$ |kubectl |npm |npx )/m)
      if (block.language === 'console') expect(shownIn(block).map(({ command }) => command)).not.toEqual([])
    }
  }
})

it('the programs in docs/library.md are those in examples/, which tests run', () => {
  const programs = blocksOf('docs/library.md').filter(({ language }) => language === 'ts')
  const tested = ['elector', 'election-states', 'leading-command', 'own-lock', 'onlooker'].map((example) => readFileSync(join(ROOT, `examples/${example}/main.ts`), 'utf8'))
  expect(programs.map(({ text }) => text)).toEqual(tested.map(asDependent))
})

/** The program with the imports of a dependent package. */
function asDependent(text: string): string {
  return text.replace('../../shared/index.ts', 'kubectl-leader').replace('../../shared/testing/index.ts', 'kubectl-leader/testing')
}

describe('outputs', () => {
  it.each([
    ['times', 'Renewed: ~1s ago (2026-11-21T16:21:18.446058Z)', 'Renewed: ~12s ago (2026-11-22T00:00:00Z)'],
    ['durations', 'renewed ~1m30s ago, 2.5 s', 'renewed ~4s ago, 40 min'],
    ['identities', 'node-a_92bb4791-42e6-401b-a471-fd479f5b8ff7', 'node-b_504d586d-3bd5-4d7b-a242-fb36a111a883'],
    ['Pods', 'web-t4khws2hzq-lpjgz on node-a', 'web-t4khws2hzq-29j2g on node-c'],
    ['the truncation at the edge of a terminal', 'web-t4khws2hzq-lpjgz_92b…  ~held', 'web-t4khws2hzq-lpj…   ~held'],
    ['counts', '3 errors, transition 14', '2 errors, transition 7'],
    ['the widths of columns', 'NAME   AGE', 'NAME AGE'],
  ])('are alike, except for %s', (_, one, other) => expect(likenessOf(one)).toBe(likenessOf(other)))

  it.each([
    ['a state', 'web  ~held', 'web  ~expired'],
    ['a name', 'web  ~held', 'shop  ~held'],
    ['a line', 'a\nb', 'a'],
    ['whether a time is from another machine', 'held by x since 4s', 'held by x since ~4s'],
    ['a result', 'Moved: a is now the leader.', 'Returned: a is now the leader.'],
  ])('differ if %s differs', (_, one, other) => expect(likenessOf(one)).not.toBe(likenessOf(other)))
})
