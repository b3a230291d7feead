import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { bundledPackages, noticesOf } from '../../release/notices.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The packages whose code is in a program, as esbuild says in comments in the code itself. */
async function packagesIn(...entryPoints: readonly string[]): Promise<readonly string[]> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    bundle: true,
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    // The dashboard is made by Grafana's SDK while the CLI is built, so its code is not in the program.
    external: ['vscode', './devtools.js', '@grafana/grafana-foundation-sdk/*'],
    outdir: 'nowhere',
    write: false,
  })
  const comments = outputFiles.flatMap(({ text }) => text.match(/^ *\/\/ .*node_modules\/.*$/gm) ?? [])
  return [...new Set(comments.map((comment) => /.*node_modules\/((?:@[^/]+\/)?[^/\s]+)/.exec(comment)![1]!))]
}

describe.each([
  ['cli', ['kubectl-plugin/main.ts', 'shared/guard/watchdog.ts']],
  ['extension', ['extension/app.ts', 'extension/timeline/webview/main.ts']],
])('the notices of dist/%s', (folder, entryPoints) => {
  const notices = readFileSync(`${ROOT}/dist/${folder}/THIRD-PARTY-NOTICES.txt`, 'utf8')

  it('name every bundled package', async () => {
    const packages = await packagesIn(...entryPoints)
    expect(packages).toContain('js-yaml')
    expect(packages.filter((name) => !new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm').test(notices))).toEqual([])
  })

  it('have a license with its copyright for each', () => {
    const parts = notices.split(`\n${'-'.repeat(80)}\n`).slice(1)
    expect(parts.filter((part) => !/copyright/i.test(part) || !/permission/i.test(part))).toEqual([])
  })
})

describe('a bundle', () => {
  const bundle = (...inputs: readonly string[]): Metafile => ({
    inputs: {},
    outputs: {
      'out.js': {
        bytes: 1,
        imports: [],
        exports: [],
        inputs: Object.fromEntries(inputs.map((input) => [`${ROOT}${input}`, { bytesInOutput: 1 }])),
      },
    },
  })

  it('lists each package once, and not this project', () => {
    const packages = bundledPackages([
      bundle('node_modules/commander/index.js', 'node_modules/commander/lib/command.js', 'shared/index.ts'),
      bundle('node_modules/commander/lib/error.js', 'node_modules/@redis/client/dist/index.js'),
    ])
    expect(packages.map(({ name, license }) => [name, license])).toEqual([['@redis/client', 'MIT'], ['commander', 'MIT']])
  })

  it.each(['GPL-3.0-only', 'none', '(MIT OR GPL-2.0)'])('must not contain a package under %s', (license) => {
    expect(() => noticesOf([{ name: 'some', version: '1.0.0', license, texts: ['text'] }])).toThrow('because of their licenses: some')
  })
})
