import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AVOIDED } from '../wording/glossary.ts'
import { PAGES, readPage, ROOT } from './pages.ts'

/** The prose of a page, one paragraph or table row per element, without code. */
function prose(page: string): readonly string[] {
  const text = readPage(page).replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`]*`/g, 'CODE')
  return text.split(/\n(?=\n|\||- )/).map((part) => part.replaceAll(/\s+/g, ' ').trim())
}

describe('every page uses the words of the glossary', () => {
  it.each([...PAGES, 'CHANGELOG.md', ...globSync('examples/**/README.md', { cwd: ROOT })])('%s', (page) => {
    const faults = prose(page).flatMap((part) =>
      AVOIDED.filter(([pattern]) => pattern.test(part)).map(([pattern, instead]) => `${part} (${pattern.exec(part)![0]}: write ${instead})`),
    )
    expect(faults).toEqual([])
  })
})
