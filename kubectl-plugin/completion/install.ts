import { access, constants, rename, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { CommandError } from '../exit-code.ts'
import { KUBECTL_COMPLETION } from './scripts.ts'

const FILE = 'kubectl_complete-leader'

/**
 * Puts `kubectl_complete-leader` where kubectl looks for it.
 *
 * @param directory where to; default: beside `kubectl-leader` on the PATH.
 * @returns the file written.
 * @throws CommandError where there is no such place or it can't be written.
 */
export async function installKubectlCompletion(env: NodeJS.ProcessEnv, directory?: string): Promise<string> {
  const path = (env['PATH'] ?? '').split(delimiter).filter((each) => each !== '')
  const target = directory ?? (await firstHolding(path, 'kubectl-leader'))
  if (target === undefined) {
    throw new CommandError('kubectl-leader is not on the PATH, so kubectl cannot run it. Put it there, or name a folder with --dir.')
  }
  const file = join(target, FILE)
  try {
    // Written beside and renamed, so that a shell which completes at this moment sees the old one or the new one.
    const draft = `${file}.${process.pid}.new`
    await writeFile(draft, KUBECTL_COMPLETION, { mode: 0o755, flag: 'wx' })
    await rename(draft, file)
  } catch (error) {
    throw new CommandError(
      `Cannot write ${file} (${(error as NodeJS.ErrnoException).code ?? String(error)}). Name a folder on the PATH that you may write with --dir.`,
      undefined,
      { cause: error },
    )
  }
  return file
}

/** Whether a folder is on the PATH. */
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
      // Not here; the next one may have it.
    }
  }
  return undefined
}
