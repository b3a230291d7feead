import { globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'

const { file, extensions, printed } = inject('packaged')
const installed = globSync(join(extensions, 'kubectl-leader.kubectl-leader-*'))[0]!

/** All that may be in it. `.vsixmanifest` is VS Code's own. */
const MEANT = [
  /^(package\.json|package\.nls(\.[a-z-]+)?\.json|readme\.md|changelog\.md|LICENSE\.txt|\.vsixmanifest)$/,
  /^l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^extension\/media\/[\w/-]+\.(svg|png|md)$/,
  // The program that "Try: Debug as the Leader" opens.
  /^extension\/media\/try\/reconciler\.js$/,
  /^dist\/extension\.cjs$/,
  /^dist\/extension\/[\w-]+\.(cjs|js|css)$/,
  // What "Join" with a command runs in a terminal.
  /^dist\/kubectl-leader\.cjs$/,
  /^dist\/cli\/[\w-]+\.(cjs|mjs)$/,
  /^dist\/\w+\/THIRD-PARTY-NOTICES\.txt$/,
]

/** What it can't do without. */
const NEEDED = [
  ...['package.json', 'package.nls.json', 'package.nls.zh-cn.json', 'readme.md', 'changelog.md', 'LICENSE.txt'],
  ...['l10n/bundle.l10n.json', 'l10n/bundle.l10n.zh-cn.json', 'extension/media/view.svg'],
  ...['dist/extension.cjs', 'dist/extension/app.cjs', 'dist/extension/sandbox.cjs', 'dist/extension/debug-watchdog.cjs'],
  ...['dist/extension/timeline.js', 'dist/extension/timeline.css', 'dist/extension/THIRD-PARTY-NOTICES.txt'],
  ...['dist/kubectl-leader.cjs', 'dist/cli/start.cjs', 'dist/cli/main.cjs', 'dist/cli/watchdog.cjs', 'dist/cli/THIRD-PARTY-NOTICES.txt'],
]

const files = readdirSync(installed, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name).slice(installed.length + 1))

it('is packed without a warning', () => {
  expect(printed).toContain('Packaged:')
  expect(printed).not.toMatch(/warn/i)
})

it('is smaller than 2 MB', () => {
  expect(statSync(file).size).toBeLessThan(2_000_000)
})

it('contains no unexpected file', () => {
  expect(files.filter((name) => !MEANT.some((pattern) => pattern.test(name)))).toEqual([])
})

it.each(NEEDED)('contains %s', (name) => {
  expect(files).toContain(name)
})

// V8 keeps a whole file in two bytes per character for the sake of one other.
it('has no program with a character outside ASCII', () => {
  const programs = files.filter((name) => name.endsWith('.cjs'))
  expect(programs).not.toEqual([])
  expect(programs.filter((name) => /[^\0-\x7f]/.test(readFileSync(join(installed, name), 'utf8')))).toEqual([])
})

// A copy has hundreds of members, and there would be one for each file that imports it.
it("makes no copy of VS Code's API", () => {
  const app = readFileSync(join(installed, 'dist/extension/app.cjs'), 'utf8')
  expect(app).toMatch(/=require\("vscode"\)/)
  expect(app).not.toMatch(/[^=]require\("vscode"\)/)
})
