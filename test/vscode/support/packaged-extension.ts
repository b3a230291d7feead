import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The extension as it ships. */
export interface PackagedExtension {
  /** The `.vsix`. */
  readonly file: string
  /** An extensions folder, for VS Code's `--extensions-dir`, with it installed. */
  readonly extensions: string
  /** What `release/vsix.ts` printed. */
  readonly printed: string
}

/**
 * Packs the extension and installs it into a folder of its own, as a person does from a file.
 *
 * @param vscode The words of VS Code's command line, without options.
 */
export async function packExtension([program, ...words]: readonly [string, ...string[]]): Promise<PackagedExtension & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-vsix-'))
  const run = promisify(execFile)
  const file = join(folder, 'extension.vsix')
  const packed = await run(process.execPath, ['release/vsix.ts', '--out', file], { cwd: ROOT })
  const extensions = join(folder, 'extensions')
  mkdirSync(extensions)
  await run(program, [
    ...words,
    ...['--install-extension', file, '--extensions-dir', extensions, '--user-data-dir', join(folder, 'data')],
  ])
  return {
    file,
    extensions,
    printed: packed.stdout + packed.stderr,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
