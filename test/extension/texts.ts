import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the project that is one JSON object. */
export function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(path, `file://${ROOT}`), 'utf8')) as Record<string, unknown>
}

/** Every text that the extension has translated while it runs, as its sources have it. */
export function textsOfSources(): readonly string[] {
  const files = globSync('extension/**/*.ts', { cwd: ROOT })
  const found = files.flatMap((file) => textsOf(file, readFileSync(new URL(file, `file://${ROOT}`), 'utf8')))
  return [...new Set([...found, ...Object.values(TIMELINE_STRINGS)])].sort()
}

/** Calls of `l10n.t`, and of what a function takes in its place under the name `say`. */
function textsOf(file: string, source: string): string[] {
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\.)(l10n\.t|say)$/.test(node.expression.getText())) {
      const [text] = node.arguments
      if (text && ts.isStringLiteralLike(text)) texts.push(text.text)
    }
    node.forEachChild(visit)
  }
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true))
  return texts
}

/** The names between braces in a text. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([placeholder]) => placeholder).sort()
}
