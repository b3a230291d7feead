import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FLAG = /--[a-z][a-z\d-]*/g

/** Options of Node.js, which are not flags of the command line. */
const NOT_OURS = ['--disable-sigusr1', '--allow-natives-syntax']

/** The flags in the strings and templates of a source, but not in its comments. */
function flagsIn(source: string): readonly string[] {
  const strings: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) strings.push(node.text)
    node.forEachChild(visit)
  }
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true))
  return strings.flatMap((text) => text.match(FLAG) ?? [])
}

it('strings and templates are read, comments are not', () => {
  const source = '/** --doc */ a("--b") // --c\n`--d ${x} --e ${y} --f` + \'--g\' + `--h`; let i = 2; --i'
  expect(flagsIn(source)).toEqual(['--b', '--d', '--e', '--f', '--g', '--h'])
})

it('no message of shared/ names a flag: advice is a remedy, which each program says in its own terms', () => {
  const files = globSync('shared/**/*.ts', { cwd: ROOT })
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap((file) => flagsIn(readFileSync(`${ROOT}/${file}`, 'utf8')))).toEqual(NOT_OURS)
})
