// Packs the extension: what it needs, and of package.json what VS Code reads. `--out FILE` says where to; default: the working directory.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The command line is in it for `Join with a Command`, which runs it in a terminal. */
const PACKED = [
  ...['dist/extension.cjs', 'dist/extension', 'dist/kubectl-leader.cjs', 'dist/cli', 'extension/media', 'l10n'],
  ...['CHANGELOG.md', 'LICENSE'],
  ...readdirSync(ROOT).filter((file) => /^package\.nls\..*json$/.test(file)),
]
/** What of package.json concerns the npm package and this project alone. */
const LEFT_OUT = new Set(['bin', 'exports', 'files', 'scripts', 'dependencies', 'devDependencies', 'allowScripts'])

const { out } = parseArgs({ options: { out: { type: 'string', default: '.' } } }).values
const staged = mkdtempSync(join(tmpdir(), 'kubectl-leader-vsix-'))
try {
  for (const path of PACKED) cpSync(join(ROOT, path), join(staged, path), { recursive: true })
  // That of the project has a recording in it, and vsce takes no SVG.
  cpSync(join(ROOT, 'extension/README.md'), join(staged, 'README.md'))
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>
  const kept = Object.entries(manifest).filter(([name]) => !LEFT_OUT.has(name))
  writeFileSync(join(staged, 'package.json'), JSON.stringify(Object.fromEntries(kept), null, 2))
  // Everything that is staged is meant to be packed.
  writeFileSync(join(staged, '.vscodeignore'), '')
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/@vscode/vsce/vsce'),
      ...['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'],
      ...['--out', resolve(out)],
    ],
    { cwd: staged, stdio: 'inherit' },
  )
} finally {
  rmSync(staged, { recursive: true })
}
