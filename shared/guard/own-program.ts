import { existsSync } from 'node:fs'

/** How to start this program again; the role is its first argument. */
export interface OwnProgram {
  readonly file: string
  readonly argv0: string
  readonly args: readonly string[]
}

/** The running executable, even if the file has been replaced since: an upgrade must not end a command's guard. */
const EXECUTABLE_LINK = '/proc/self/exe'

/**
 * How to start this program in another role: see `start.cjs`.
 *
 * @param nodeFlags flags for Node, if it knows them; the self-contained executable takes none
 * @param program the program file, if it is not the one that was started
 * @throws Error if the program file is not known
 */
export function ownProgram(role: string, nodeFlags: readonly string[] = [], program = process.argv[1]): OwnProgram {
  const file = existsSync(EXECUTABLE_LINK) ? EXECUTABLE_LINK : process.execPath
  const argv0 = process.execPath
  if (process.getBuiltinModule('node:sea').isSea()) return { file, argv0, args: [role] }
  if (program === undefined) throw new Error('Cannot find the program file to start the watchdog from.')
  const flags = nodeFlags.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag))
  return { file, argv0, args: [...flags, program, role] }
}
