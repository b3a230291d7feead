// Packs the extension: the files that it needs, and the part of package.json that VS Code reads. `--out FILE` sets the
// target (default: the working directory).
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The package contains the command-line program, because the extension runs it in terminals. */
const PACKED = [
  ...['dist/extension.cjs', 'dist/extension', 'dist/kubectl-leader.cjs', 'dist/cli', 'extension/media', 'l10n'],
  ...['CHANGELOG.md', 'LICENSE'],
  ...readdirSync(ROOT).filter((file) => /^package\.nls\..*json$/.test(file)),
]
/** The fields of package.json that matter only to the npm package and to this project. */
const LEFT_OUT = new Set(['bin', 'exports', 'files', 'scripts', 'dependencies', 'devDependencies', 'allowScripts'])

const { out } = parseArgs({ options: { out: { type: 'string', default: '.' } } }).values
const staged = mkdtempSync(join(tmpdir(), 'kubectl-leader-vsix-'))
try {
  for (const path of PACKED) cpSync(join(ROOT, path), join(staged, path), { recursive: true })
  // The project's README contains a recording, but vsce allows no SVG.
  const readme = readFileSync(join(ROOT, 'extension/README.md'), 'utf8')
  writeFileSync(join(staged, 'README.md'), readme.replaceAll('](media/', '](extension/media/'))
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>
  const kept = Object.entries(manifest).filter(([name]) => !LEFT_OUT.has(name))
  writeFileSync(join(staged, 'package.json'), JSON.stringify(Object.fromEntries(kept), null, 2))
  // Pack all staged files.
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
