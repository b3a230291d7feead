import { globSync, readFileSync } from 'node:fs'
import { expect, describe, it } from 'vitest'
import { AVOIDED, EXCEPTIONS } from './glossary.ts'
import { textsIn, type SourceText } from './strings.ts'

const FOLDERS = ['shared', 'kubectl-plugin', 'extension']

const SOURCES = globSync(FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx,cts,mts,cjs,mjs,js}`)).sort()

/** Where a text uses an avoided word: `file:line: the text (write: …)`. */
function faultsIn(file: string, texts: readonly SourceText[]): readonly string[] {
  return texts.flatMap(({ line, text }) => {
    const found = AVOIDED.filter(([pattern]) => pattern.test(text))
    const isException = EXCEPTIONS.some((each) => each.file === file && text.includes(each.text))
    return isException ? [] : found.map(([, instead]) => `${file}:${line}: ${text.trim()} (write: ${instead})`)
  })
}

/** The English texts of a file of translations. */
function translatable(file: string): readonly SourceText[] {
  const texts = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
  return texts.map((text, index) => ({ line: index + 2, text }))
}

describe('every text for a person uses the words of the glossary', () => {
  it.each(FOLDERS)('in %s', (folder) => {
    const files = SOURCES.filter((file) => file.startsWith(`${folder}/`))
    expect(files).not.toEqual([])
    expect(files.flatMap((file) => faultsIn(file, textsIn(readFileSync(file, 'utf8'), file)))).toEqual([])
  })

  it.each(['package.nls.json', 'l10n/bundle.l10n.json'])('in %s', (file) => {
    expect(faultsIn(file, translatable(file))).toEqual([])
  })

  it.each(EXCEPTIONS)('or has a reason not to: $text', ({ file, text }) => {
    const texts = file.endsWith('.json') ? translatable(file) : textsIn(readFileSync(file, 'utf8'), file)
    expect(texts.some((each) => each.text.includes(text))).toBe(true)
  })
})

describe('the texts of a source', () => {
  it.each([
    ['a literal', "say('one two')", ['one two']],
    ['a template, with {} for its values', 'say(`${a} is ${b(`in ${c}`)}.`)', ['{} is {}.', 'in {}']],
    ['literals that are joined', "say('is ' + 'no ' + name + 's' + (x ? 'y' : 'z'))", ['is no {}s{}', 'y', 'z']],
    ['the text of an element', '<p>one {two} three</p>', ['one ', ' three']],
    ['no modules and no types', "import a from 'b'; export * from 'c'; let d: 'e' = f", []],
  ])('are %s', (_what, source, texts) => {
    expect(textsIn(source, 'source.tsx').map(({ text }) => text)).toEqual(texts)
  })
})
