import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the project that is one JSON object. */
export function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(path, `file://${ROOT}`), 'utf8')) as Record<string, unknown>
}

/** Every text that the extension has translated while it runs, as its sources and the phrases of shared/ have it. */
export function textsOfSources(): readonly string[] {
  const found = sourcesIn(['extension', 'shared'], /phrase`|l10n\.t|say\(/).flatMap((source) => [...textsOf(source), ...phrasesOf(source)])
  return [...new Set([...found, ...Object.values(TIMELINE_STRINGS)])].sort()
}

/** The TypeScript sources of some folders that mention something. Only these are parsed, which takes time. */
export function sourcesIn(folders: readonly string[], mention: RegExp): readonly ts.SourceFile[] {
  const files = globSync(folders.map((folder) => `${folder}/**/*.ts`), { cwd: ROOT }).sort()
  const texts = files.map((file) => ({ file, text: readFileSync(new URL(file, `file://${ROOT}`), 'utf8') }))
  return texts.filter(({ text }) => mention.test(text)).map(({ file, text }) => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
}

/** The templates of phrases, as {@link Phrase} has them. */
function phrasesOf(source: ts.SourceFile): string[] {
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'phrase') {
      const { template } = node
      const isPlain = ts.isNoSubstitutionTemplateLiteral(template)
      texts.push(isPlain ? template.text : template.templateSpans.reduce((text, { literal }, index) => `${text}{${index}}${literal.text}`, template.head.text))
    }
    node.forEachChild(visit)
  }
  visit(source)
  return texts
}

/** Calls of `l10n.t`, and of what a function takes in its place under the name `say`. */
function textsOf(source: ts.SourceFile): string[] {
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\.)(l10n\.t|say)$/.test(node.expression.getText())) {
      const [text] = node.arguments
      if (text && ts.isStringLiteralLike(text)) texts.push(text.text)
    }
    node.forEachChild(visit)
  }
  visit(source)
  return texts
}

/** The names between braces in a text. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([placeholder]) => placeholder).sort()
}
