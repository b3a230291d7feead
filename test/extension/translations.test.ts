import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { placeholdersOf, readJson, textsOfSources } from './texts.ts'

const LANGUAGES = ['zh-cn'] as const
const TEXTS = textsOfSources()
/** The same in every language. */
const NAMES = ['JSON']

/** Links in a text of package.json: the command of each. */
const commandsOf = (text: string): string[] => [...text.matchAll(/\]\((command:[^)]+)\)/g)].map(([, command]) => command!).sort()

describe('texts of package.json', () => {
  const english = readJson('package.nls.json') as Record<string, string>
  const used = [...JSON.stringify(readJson('package.json')).matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key!)

  it('are all there, and no others', () => {
    expect(Object.keys(english).sort()).toEqual([...new Set(used)].sort())
  })

  describe.each(LANGUAGES)('in %s', (language) => {
    const translated = readJson(`package.nls.${language}.json`) as Record<string, string>

    it('are the same', () => {
      expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort())
    })

    it.each(Object.keys(english))('%s is translated, and links to the same commands', (key) => {
      expect(translated[key]?.trim()).toBeTruthy()
      expect(translated[key]).not.toBe(english[key])
      expect(commandsOf(translated[key]!)).toEqual(commandsOf(english[key]!))
    })
  })
})

describe('texts of the sources', () => {
  const english = readJson('l10n/bundle.l10n.json') as Record<string, string>

  it('are found', () => {
    expect(TEXTS).toEqual(expect.arrayContaining(['Join', 'Zoom In', 'Lease duration']))
  })

  it('are all in the bundle, as they are, and no others', () => {
    expect(english).toEqual(Object.fromEntries(TEXTS.map((text) => [text, text])))
  })

  describe.each(LANGUAGES)('in %s', (language) => {
    const translated = readJson(`l10n/bundle.l10n.${language}.json`) as Record<string, string>

    it('are the same', () => {
      expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort())
    })

    it.each(Object.keys(english))('%j is translated, with the same placeholders', (text) => {
      expect(translated[text]?.trim()).toBeTruthy()
      if (!NAMES.includes(text)) expect(translated[text]).not.toBe(text)
      expect(placeholdersOf(translated[text]!)).toEqual(placeholdersOf(text))
    })
  })
})

it('there is a bundle for every language, and no other', () => {
  const named = (pattern: string): string[] => globSync(pattern).map((file) => /([a-z-]+)\.json$/.exec(file)![1]!)
  expect(named('package.nls.*.json')).toEqual(LANGUAGES)
  expect(named('l10n/bundle.l10n.*.json')).toEqual(LANGUAGES)
})
