import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, delimiter, extname, isAbsolute, join } from 'node:path'

const IS_WINDOWS = process.platform === 'win32'

/** What a command stands for: the file to run, or why there is none. */
export type ExecutableLookup =
  | { readonly path: string }
  | { readonly problem: 'missing' }
  | { readonly problem: 'notExecutable' }
  /** The first match is in an entry of PATH that is relative to the working directory. */
  | { readonly problem: 'relativeEntry'; readonly entry: string }

/**
 * Looks up a command on the PATH as Go's `exec.LookPath` does. A command with a separator is used as it is. An empty
 * entry of PATH is the working directory. A match in a relative entry ends the search and is not used (Go's
 * `exec.ErrDot`): another user may have put the file into the working directory.
 *
 * On Windows, the working directory is searched only if PATH names it.
 */
export async function lookUpExecutable(command: string, env: NodeJS.ProcessEnv): Promise<ExecutableLookup> {
  if (basename(command) !== command) return { path: command }
  let problem: 'missing' | 'notExecutable' = 'missing'
  for (const entry of searchPath(env)) {
    for (const name of fileNames(command)) {
      const path = join(entry, name)
      const usability = await usabilityOf(path)
      if (usability === 'executable') return isAbsolute(entry) ? { path } : { problem: 'relativeEntry', entry }
      if (usability === 'notExecutable') problem = usability
    }
  }
  return { problem }
}

function searchPath(env: NodeJS.ProcessEnv): readonly string[] {
  if (!IS_WINDOWS) return env['PATH'] ? env['PATH'].split(delimiter).map((entry) => entry || '.') : []
  // Windows writes the name as Path, ignores empty entries, and allows quotes.
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH')
  const entries = name === undefined ? [] : (env[name] ?? '').split(delimiter)
  return entries.map((entry) => entry.replaceAll('"', '')).filter((entry) => entry !== '')
}

/** The names under which Windows finds a command; of PATHEXT, Node starts only these two without a shell. */
function fileNames(command: string): readonly string[] {
  if (!IS_WINDOWS) return [command]
  return [...(extname(command) === '' ? [] : [command]), `${command}.com`, `${command}.exe`]
}

async function usabilityOf(path: string): Promise<'executable' | 'notExecutable' | 'missing'> {
  try {
    if ((await stat(path)).isDirectory()) return 'missing'
  } catch {
    return 'missing'
  }
  return access(path, constants.X_OK).then(
    () => 'executable',
    () => 'notExecutable',
  )
}
