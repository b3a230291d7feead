import { access, constants, rename, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { CommandError } from '../exit-code.ts'
import { KUBECTL_COMPLETION } from './scripts.ts'

const FILE = 'kubectl_complete-leader'

/**
 * Installs `kubectl_complete-leader` where kubectl finds it.
 *
 * @param directory the target directory; default: the directory of `kubectl-leader` on the PATH.
 * @returns the path of the installed file.
 * @throws CommandError if there is no target directory, or the file cannot be written.
 */
export async function installKubectlCompletion(env: NodeJS.ProcessEnv, directory?: string): Promise<string> {
  const path = (env['PATH'] ?? '').split(delimiter).filter((each) => each !== '')
  const target = directory ?? (await firstHolding(path, 'kubectl-leader'))
  if (target === undefined) {
    throw new CommandError('kubectl-leader is not on your PATH, so kubectl cannot run it. Add it to your PATH, or choose a directory with --dir.')
  }
  const file = join(target, FILE)
  try {
    // Write a temporary file and rename it, so that a shell that completes now sees the old or the new file.
    const draft = `${file}.${process.pid}.new`
    await writeFile(draft, KUBECTL_COMPLETION, { mode: 0o755, flag: 'wx' })
    await rename(draft, file)
  } catch (error) {
    throw new CommandError(
      `Cannot write ${file} (${(error as NodeJS.ErrnoException).code ?? String(error)}). Choose a writable directory on your PATH with --dir.`,
      undefined,
      { cause: error },
    )
  }
  return file
}

/** Whether the directory of an installed file is on the PATH. */
export async function isOnPath(env: NodeJS.ProcessEnv, file: string): Promise<boolean> {
  const written = await stat(file)
  for (const each of (env['PATH'] ?? '').split(delimiter)) {
    const found = await stat(join(each, FILE)).catch(() => undefined)
    if (found?.ino === written.ino && found.dev === written.dev) return true
  }
  return false
}

async function firstHolding(directories: readonly string[], file: string): Promise<string | undefined> {
  for (const directory of directories) {
    try {
      await access(join(directory, file), constants.X_OK)
      return directory
    } catch {
      // Not in this directory. Try the next one.
    }
  }
  return undefined
}
