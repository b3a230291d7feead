import { cpSync, globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const SUITES = fileURLToPath(new URL('../host', import.meta.url))

/** The packed extension with the suites for the extension host beside it. */
export interface HostSuite extends Disposable {
  /** VS Code's `extensionDevelopmentPath`. */
  readonly extension: string
  /** VS Code's `extensionTestsPath`. */
  readonly tests: string
}

/**
 * Puts the suites into a copy of the extension as it ships: within its folder they share its `vscode`, and can answer
 * its questions.
 *
 * @param extensions An extensions folder with the extension in it.
 */
export async function prepareHostSuite(extensions: string): Promise<HostSuite> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-host-'))
  const [installed] = globSync(join(extensions, 'kubectl-leader.kubectl-leader-*'))
  if (installed === undefined) throw new Error(`${extensions} has no kubectl-leader in it`)
  cpSync(installed, folder, { recursive: true })
  const tests = join(folder, 'test/suites.cjs')
  const files = readdirSync(SUITES).filter((file) => file.endsWith('.test.ts'))
  await build({
    stdin: {
      contents: `import { runSuites } from './run.ts'
        export const run = () => runSuites([${files.map((file) => `() => import('./${file}')`).join()}])`,
      resolveDir: SUITES,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.19',
    supported: { 'dynamic-import': false },
    external: ['vscode'],
    // Mocha resolves files for what it can do in parallel, which is not used.
    logOverride: { 'require-resolve-not-external': 'silent' },
    define: { __VERSION__: '"test"' },
    outfile: tests,
  })
  return { extension: folder, tests, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
